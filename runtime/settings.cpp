//===- settings.cpp --------------------------------------------------------===//

#include "runtime/settings.h"
#include "runtime/os.h"

#include <stdarg.h>
#include <stdio.h>

using namespace born;

void Settings::log(const char *format, ...) const {
  if (!options.log)
    return;
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  options.log(options.log_user, line);
}

/// More than any machine has, and few enough to start.
static constexpr int64_t maxThreads = 1024;

static born_status readThreads(Settings &settings, Message &message) {
  int64_t count = settings.options.threads;
  const char *text = count == 0 ? osEnvironment("BORN_NUM_THREADS") : nullptr;
  if (text && *text) {
    char *end = nullptr;
    count = strtoll(text, &end, 10);
    if (*end || count < 1 || count > maxThreads)
      return message.set(BORN_ERROR_ARGUMENT,
                         "BORN_NUM_THREADS is '%.100s', expected a number from 1 to %lld", text,
                         static_cast<long long>(maxThreads));
  }
  if (count < 0 || count > maxThreads)
    return message.set(BORN_ERROR_ARGUMENT,
                       "born_options.threads is %lld, expected 1 to %lld, or 0 for as many as "
                       "there are cores",
                       static_cast<long long>(count), static_cast<long long>(maxThreads));
  settings.threadCount = static_cast<uint32_t>(count);
  return BORN_OK;
}

born_status born::readSettings(const born_options *options, Settings &settings, Message &message) {
  memset(static_cast<void *>(&settings), 0, sizeof settings);
  if (options) {
    // A caller compiled against an older header passes a smaller struct; what
    // it lacks is zero. A larger one may ask for what we do not know.
    if (options->size < offsetof(born_options, flags) || options->size > sizeof *options)
      return message.set(BORN_ERROR_ARGUMENT,
                         "born_options.size is %zu, expected at most %zu: set it to "
                         "sizeof(born_options)",
                         options->size, sizeof *options);
    memcpy(&settings.options, options, options->size);
  }
  settings.selector = settings.options.device;
  if (!settings.selector || !*settings.selector)
    settings.selector = osEnvironment("BORN_DEVICE");
  if (settings.selector && !*settings.selector)
    settings.selector = nullptr;

  if (born_status status = readThreads(settings, message))
    return status;
  const char *variant = osEnvironment("BORN_VARIANT");
  if (!variant || !*variant)
    settings.variant = VariantChoice::Automatic;
  else if (!strcmp(variant, "generic"))
    settings.variant = VariantChoice::Generic;
  else if (!strcmp(variant, "software"))
    settings.variant = VariantChoice::Software;
  else
    return message.set(BORN_ERROR_ARGUMENT,
                       "BORN_VARIANT is '%s', expected 'generic' or 'software'", variant);

  const char *seed = osEnvironment("BORN_SHUFFLE");
  if (seed && *seed) {
    settings.shuffle = true;
    settings.shuffleSeed = strtoull(seed, nullptr, 10);
  }
  const char *memory = osEnvironment("BORN_MEMORY");
  settings.forceStaging = memory && !strcmp(memory, "staging");
  settings.poison = memory && !strcmp(memory, "poison");
  return BORN_OK;
}
