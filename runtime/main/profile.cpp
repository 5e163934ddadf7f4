//===- profile.cpp - --profile ---------------------------------------------===//

#include "runtime/main/main.h"

#include <errno.h>

using namespace born;

/// One event as the trace viewers of Chrome and Perfetto read it: a complete
/// event ("X") on the row of a thread, in microseconds.
static void addEvent(TextBuffer &text, const born_trace_event &event, uint32_t row) {
  text.print(",\n{\"ph\": \"X\", \"pid\": 1, \"tid\": %u, \"ts\": %.3f, \"dur\": %.3f, \"name\": ",
             row, static_cast<double>(event.start_ns) * 1e-3,
             static_cast<double>(event.end_ns - event.start_ns) * 1e-3);
  text.quote(event.kernel);
  text.print(", \"args\": {\"workgroups\": \"%u to %u\", \"nodes\": ", event.first_workgroup,
             event.last_workgroup);
  text.quote(event.nodes);
  text.print("}}");
}

static void addRow(TextBuffer &text, uint32_t row, const char *name) {
  text.print(",\n{\"ph\": \"M\", \"pid\": 1, \"tid\": %u, \"name\": \"thread_name\", \"args\": "
             "{\"name\": ",
             row);
  text.quote(name);
  text.print("}}");
}

static void addWorkers(TextBuffer &text, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    char name[64];
    format(name, sizeof name, "worker %u%s", i, i ? "" : " (the caller)");
    addRow(text, i, name);
  }
}

/// A row for the queue of a device, and more for what it does at the same time:
/// viewers want the events of a row to be one after the other.
struct QueueRows {
  static constexpr uint32_t most = 16;
  uint64_t ends[most] = {};
  uint32_t count = 0;

  /// Events in the order of their starts.
  uint32_t rowFor(const born_trace_event &event) {
    uint32_t row = 0;
    while (row + 1 < most && row < count && ends[row] > event.start_ns)
      ++row;
    count = max(count, row + 1);
    ends[row] = event.end_ns;
    return row;
  }
};

static void addDevice(TextBuffer &text, const born_device &device,
                      const Array<born_trace_event> &events) {
  QueueRows rows;
  for (const born_trace_event &event : events)
    addEvent(text, event, rows.rowFor(event));
  for (uint32_t i = 0; i < rows.count; ++i) {
    char name[sizeof device.name + 32];
    format(name, sizeof name, "%s%s", device.name, i ? " (at the same time)" : "");
    addRow(text, i, name);
  }
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
  born_device device;
  if (born_get_device(session.context, &device) == BORN_OK && device.type != BORN_DEVICE_CPU) {
    addDevice(text, device, events);
  } else {
    addWorkers(text, profile.threads);
    for (const born_trace_event &event : events)
      addEvent(text, event, event.worker);
  }
  text.print("\n]}\n");
  if (text.good && osWriteFile(path, text.data, text.size))
    return true;
  message.set(BORN_ERROR_ARGUMENT, "cannot write '%.900s': %s", path, strerror(errno));
  return false;
}
