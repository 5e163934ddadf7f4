//===- Hazards.cpp --------------------------------------------------------===//
#include "passes/plan/Hazards.h"

using namespace bornc;

void HazardTracker::split(uint64_t position) {
  auto next = segments.upper_bound(position);
  if (next == segments.begin())
    return;
  auto [begin, segment] = *std::prev(next);
  if (begin == position || segment.end <= position)
    return;
  std::prev(next)->second.end = position;
  segments.emplace(position, segment);
}

bool HazardTracker::read(uint64_t begin, uint64_t end, unsigned command, Callback onHazard) {
  split(begin);
  split(end);
  bool written = true;
  uint64_t position = begin;
  while (position < end) {
    auto it = segments.lower_bound(position);
    uint64_t next = it == segments.end() ? end : std::min(it->first, end);
    if (position < next) { // bytes that nobody touched yet
      written = false;
      it = segments.emplace(position, Segment{next, -1, {}}).first;
    }
    Segment &segment = it->second;
    if (segment.writer < 0)
      written = false;
    else if (segment.writer != command)
      onHazard(static_cast<unsigned>(segment.writer));
    if (segment.readers.empty() || segment.readers.back() != command)
      segment.readers.push_back(command);
    position = segment.end;
  }
  return written;
}

void HazardTracker::write(uint64_t begin, uint64_t end, unsigned command, Callback onHazard) {
  if (begin == end)
    return;
  split(begin);
  split(end);
  auto first = segments.lower_bound(begin), last = segments.lower_bound(end);
  for (auto it = first; it != last; ++it) {
    if (it->second.writer >= 0 && it->second.writer != command)
      onHazard(static_cast<unsigned>(it->second.writer));
    for (unsigned reader : it->second.readers)
      if (reader != command)
        onHazard(reader);
  }
  segments.erase(first, last);
  segments.emplace(begin, Segment{end, command, {}});
}
