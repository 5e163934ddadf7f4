//===- weights.cpp - where the weights of a model come from ----------------===//

#include "runtime/weights.h"

#include <errno.h>

using namespace born;

static unsigned long long number(uint64_t value) { return value; }

/// The side file's path: as given, else next to the file that has the tables.
static born_status sideFile(born_context &context, char *path, size_t size) {
  if (context.settings.options.weights_path) {
    format(path, size, "%s", context.settings.options.weights_path);
    return BORN_OK;
  }
  const char *name = context.model->weights_file;
  if (!name || !*name || strchr(name, '/'))
    return context.message.set(BORN_ERROR_TABLES, "the model's weights file has no plain name");
  if (!osModulePath(context.model, path, size))
    return context.message.set(BORN_ERROR_WEIGHTS, "cannot find the folder of weights file '%s'",
                               name);
  char *slash = strrchr(path, '/');
  char *end = slash ? slash + 1 : path;
  size_t left = size - static_cast<size_t>(end - path);
  if (strlen(name) >= left)
    return context.message.set(BORN_ERROR_WEIGHTS, "the path of weights file '%s' is too long",
                               name);
  memcpy(end, name, strlen(name) + 1);
  return BORN_OK;
}

static born_status wrongSize(born_context &context, const char *where, uint64_t found) {
  return context.message.set(BORN_ERROR_WEIGHTS, "%s: expected %llu bytes of weights, found %llu",
                             where, number(context.model->weights_size), number(found));
}

static born_status openFile(born_context &context, WeightSource &source) {
  char path[4096];
  if (born_status status = sideFile(context, path, sizeof path))
    return status;
  format(source.where, sizeof source.where, "%s", path);
  if (!osMapFile(path, false, source.file))
    return context.message.set(BORN_ERROR_WEIGHTS, "cannot read weights file '%s': %s", path,
                               strerror(errno));
  if (source.file.size != context.model->weights_size)
    return wrongSize(context, path, source.file.size);
  source.bytes = source.file.data;
  return BORN_OK;
}

born_status born::openWeights(born_context &context, WeightSource &source) {
  const born_model &model = *context.model;
  const born_options &options = context.settings.options;
  source.bytes = static_cast<const uint8_t *>(model.weights);
  if (model.weights_source == BORN_WEIGHTS_EMBEDDED || model.weights_size == 0)
    return BORN_OK;
  source.isChecked = !context.settings.has(BORN_FLAG_TRUST_WEIGHTS);
  source.hasher.begin();
  bool isGiven = options.weights || options.read_weights;
  if (model.weights_source == BORN_WEIGHTS_FILE || (!isGiven && options.weights_path))
    return openFile(context, source);

  source.bytes = static_cast<const uint8_t *>(options.weights);
  source.read = options.read_weights;
  source.user = options.read_weights_user;
  format(source.where, sizeof source.where, "born_options");
  if (!isGiven)
    return context.message.set(BORN_ERROR_WEIGHTS,
                               "the model was compiled without weights: give born_options.weights, "
                               "read_weights or weights_path");
  if (source.bytes && options.weights_size != model.weights_size)
    return wrongSize(context, "born_options.weights", options.weights_size);
  return BORN_OK;
}

born_status born::copyWeights(born_context &context, WeightSource &source, uint64_t offset,
                              uint8_t *target, size_t size) {
  if (source.bytes)
    memcpy(target, source.bytes + offset, size);
  else if (source.read(source.user, offset, target, size) != 0)
    return context.message.set(BORN_ERROR_WEIGHTS, "read_weights failed at offset %llu of %llu",
                               number(offset), number(context.model->weights_size));
  if (source.isChecked)
    source.hasher.update(source.bytes ? source.bytes + offset : target, size);
  return BORN_OK;
}

born_status born::checkWeights(born_context &context, WeightSource &source) {
  if (!source.isChecked)
    return BORN_OK;
  uint64_t found = source.hasher.finish();
  if (found != context.model->weights_hash)
    return context.message.set(BORN_ERROR_WEIGHTS,
                               "%s: the weights are not those that the model was compiled with "
                               "(hash %016llx, expected %016llx)",
                               source.where, number(found), number(context.model->weights_hash));
  return BORN_OK;
}
