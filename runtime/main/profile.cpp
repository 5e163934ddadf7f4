//===- profile.cpp - --profile ---------------------------------------------===//

#include "runtime/main/main.h"

#include <errno.h>

using namespace born;

/// One event as the trace viewers of Chrome and Perfetto read it: a complete
/// event ("X") on the row of a thread, in microseconds.
static void addEvent(TextBuffer &text, const born_trace_event &event) {
  text.print(",\n{\"ph\": \"X\", \"pid\": 1, \"tid\": %u, \"ts\": %.3f, \"dur\": %.3f, \"name\": ",
             event.worker, static_cast<double>(event.start_ns) * 1e-3,
             static_cast<double>(event.end_ns - event.start_ns) * 1e-3);
  text.quote(event.kernel);
  text.print(", \"args\": {\"workgroups\": \"%u to %u\", \"nodes\": ", event.first_workgroup,
             event.last_workgroup);
  text.quote(event.nodes);
  text.print("}}");
}

bool born::writeProfile(const Session &session, const char *path, Message &message) {
  uint32_t count = 0;
  Array<born_trace_event> events;
  born_status status = born_get_trace(session.context, session.programIndex, nullptr, 0, &count);
  if (!status && !events.allocate(count)) {
    message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
    return false;
  }
  if (!status)
    status = born_get_trace(session.context, session.programIndex, events.data, count, &count);
  if (status) {
    message.set(status, "%s", born_message(session.context));
    return false;
  }
  born_profile profile;
  born_get_profile(session.context, &profile);
  TextBuffer text;
  text.print("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n"
             "{\"ph\": \"M\", \"pid\": 1, \"name\": \"process_name\", \"args\": {\"name\": ");
  text.quote(session.model->name);
  text.print("}}");
  for (uint32_t i = 0; i < profile.threads; ++i)
    text.print(",\n{\"ph\": \"M\", \"pid\": 1, \"tid\": %u, \"name\": \"thread_name\", \"args\": "
               "{\"name\": \"worker %u%s\"}}",
               i, i, i ? "" : " (the caller)");
  for (const born_trace_event &event : events)
    addEvent(text, event);
  text.print("\n]}\n");
  if (text.good && osWriteFile(path, text.data, text.size))
    return true;
  message.set(BORN_ERROR_ARGUMENT, "cannot write '%.900s': %s", path, strerror(errno));
  return false;
}
