//===- executor.cpp - a task graph on the cores of this machine ------------===//
//
// A step counts the steps that it waits for; the worker that finishes the last
// of them makes it ready: it deals the step's tasks into one range per worker
// and sets the step's bit in a bitmap. Workers take the lowest bit, which is
// what comes first in the compiler's order. Of that step they take half of what
// is left of their own range, from its front, and where that is empty half of
// another's, from its back: so tasks stay where their neighbours' data is, big
// ones first, and nobody waits for a worker that is late.
//
// A range is one word, (first task, end), that is changed by compare-and-swap;
// so a bit is only a hint, and nothing goes wrong when a worker that was
// interrupted between two runs goes on with what it saw in the earlier one. A
// word of the bitmap carries the number of its run, so that such a worker
// cannot clear a bit of a later run, and so that nobody has to clear the bitmap.
//
// Idle workers spin for a while, then sleep. Whoever makes tasks ready looks
// for sleepers after setting the bit, and a sleeper looks for bits after saying
// that it sleeps: one of the two sees the other (all four in one total order).
//
//===----------------------------------------------------------------------===//

#include "runtime/executor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace born;

/// How long an idle worker spins before it sleeps: several times what waking
/// it costs, and little to other processes on a loaded machine.
static constexpr uint64_t spinNs = 50000;
static constexpr uint32_t stepsPerWord = 32;

static void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

namespace {

/// Round to nearest, no traps, denormals kept: what kernels are compiled for,
/// whatever the thread had. Lasts for a scope.
class FloatEnvironment {
public:
#if defined(__x86_64__)
  // The low six bits say which exceptions there were, and change nothing.
  FloatEnvironment() : saved(_mm_getcsr()) {
    if ((saved & ~63u) != 0x1F80)
      _mm_setcsr(0x1F80);
  }
  ~FloatEnvironment() {
    if ((saved & ~63u) != 0x1F80)
      _mm_setcsr(saved);
  }

private:
  unsigned saved;
#elif defined(__aarch64__)
  FloatEnvironment() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
    if (saved != 0)
      __asm__ volatile("msr fpcr, %0" ::"r"(uint64_t{0}));
  }
  ~FloatEnvironment() {
    if (saved != 0)
      __asm__ volatile("msr fpcr, %0" ::"r"(saved));
  }

private:
  uint64_t saved;
#endif
};

/// Tasks [first, end) of a step.
struct Range {
  uint32_t first, end;

  static Range of(uint64_t word) {
    return {static_cast<uint32_t>(word >> 32), static_cast<uint32_t>(word)};
  }
  uint64_t word() const { return uint64_t{first} << 32 | end; }
  uint32_t size() const { return end - first; }
};

/// A worker inside a run.
struct Runner {
  Team &team;
  Graph &graph;
  uint32_t worker;

  bool runSomething();
  bool hasWork() const;
  bool take(const Step &step, Range &taken) const;
  void runTasks(uint32_t index, Range tasks);
  void finish(uint32_t index);
  uint32_t makeReady(uint32_t index);
  void dropHint(size_t word, uint64_t seen, uint64_t bit) const;
};

} // namespace

//===----------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------===//

/// The word of the bitmap without its run, or no bits where that is not `run`.
static uint64_t bitsOf(uint64_t word, uint32_t run) {
  return word >> 32 == run ? word & 0xFFFFFFFF : 0;
}

bool Runner::hasWork() const {
  uint32_t run = __atomic_load_n(&graph.run, __ATOMIC_SEQ_CST);
  for (const uint64_t &word : graph.ready)
    if (bitsOf(__atomic_load_n(&word, __ATOMIC_SEQ_CST), run))
      return true;
  return false;
}

/// Takes half of a range, rounded up; false where there is nothing in it.
static bool takeHalf(uint64_t &range, bool isOwn, Range &taken) {
  uint64_t seen = __atomic_load_n(&range, __ATOMIC_ACQUIRE);
  for (;;) {
    Range left = Range::of(seen);
    taken = left;
    if (left.size() == 0)
      return false;
    uint32_t half = (left.size() + 1) / 2;
    if (isOwn)
      taken.end = left.first = left.first + half;
    else
      taken.first = left.end = left.end - half;
    if (__atomic_compare_exchange_n(&range, &seen, left.word(), true, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
      return true;
  }
}

bool Runner::take(const Step &step, Range &taken) const {
  uint32_t count = step.rangeCount;
  uint32_t own = static_cast<uint32_t>(uint64_t{worker} * count / team.workerCount);
  for (uint32_t i = 0; i < count; ++i)
    if (takeHalf(step.ranges[(own + i) % count], i == 0, taken))
      return true;
  return false;
}

/// Clears the bit of a step that has no task left, unless the word has changed.
void Runner::dropHint(size_t word, uint64_t seen, uint64_t bit) const {
  __atomic_compare_exchange_n(&graph.ready[word], &seen, seen & ~bit, false, __ATOMIC_SEQ_CST,
                              __ATOMIC_RELAXED);
}

/// Runs a range of tasks of the first step that has any.
bool Runner::runSomething() {
  uint32_t run = __atomic_load_n(&graph.run, __ATOMIC_SEQ_CST);
  for (size_t i = 0; i < graph.ready.count; ++i) {
    uint64_t word = __atomic_load_n(&graph.ready[i], __ATOMIC_SEQ_CST);
    for (uint64_t bits = bitsOf(word, run); bits; bits &= bits - 1) {
      uint32_t index =
          static_cast<uint32_t>(i * stepsPerWord) + static_cast<uint32_t>(__builtin_ctzll(bits));
      Range taken;
      if (take(graph.steps[index], taken)) {
        runTasks(index, taken);
        return true;
      }
      dropHint(i, word, bits & ~(bits - 1));
    }
  }
  return false;
}

/// Some workgroups of a step.
static void call(Graph &graph, uint32_t index, uint32_t worker, uint32_t first, uint32_t last) {
  const Step &step = graph.steps[index];
  if (graph.trace.count == 0)
    return step.function(step.bindings, step.immediates, first, last);
  uint64_t start = osTime();
  step.function(step.bindings, step.immediates, first, last);
  uint32_t event = __atomic_fetch_add(&graph.traced, 1, __ATOMIC_RELAXED);
  if (event < graph.trace.count)
    graph.trace[event] = {step.command, worker, first, last, start, osTime()};
}

void Runner::runTasks(uint32_t index, Range tasks) {
  const Step &step = graph.steps[index];
  uint32_t first = tasks.first * step.taskSize;
  uint64_t end = uint64_t{tasks.end} * step.taskSize;
  uint32_t last = static_cast<uint32_t>(min<uint64_t>(end, step.workgroups));
  call(graph, index, worker, first, last);
  if (__atomic_sub_fetch(&graph.states[index].tasks, tasks.size(), __ATOMIC_ACQ_REL) == 0)
    finish(index);
}

/// Wakes a worker that sleeps. The system is asked once for each sleep, however
/// long it takes to let the worker run.
static bool wakeWorker(Team &team, uint32_t worker) {
  uint32_t &asleep = team.beds[worker].asleep;
  if (!__atomic_load_n(&asleep, __ATOMIC_SEQ_CST) ||
      !__atomic_exchange_n(&asleep, 0, __ATOMIC_SEQ_CST))
    return false;
  __atomic_sub_fetch(&team.sleepers, 1, __ATOMIC_SEQ_CST);
  osWake(asleep);
  return true;
}

/// Wakes at most `count` workers.
static void wake(Team &team, uint64_t count) {
  if (!__atomic_load_n(&team.sleepers, __ATOMIC_SEQ_CST))
    return;
  for (uint32_t i = 0; i < team.workerCount && count > 0; ++i)
    count -= wakeWorker(team, i);
}

/// What follows the last task of a step.
void Runner::finish(uint32_t index) {
  const Step &step = graph.steps[index];
  if (graph.guard)
    graph.guard->leave(index);
  // Nobody looks at these before the next run.
  __atomic_store_n(&graph.states[index].tasks, step.taskCount, __ATOMIC_RELAXED);
  __atomic_store_n(&graph.states[index].waits, step.waitCount, __ATOMIC_RELAXED);
  uint64_t tasks = 0;
  for (uint32_t i = 0; i < step.nextCount; ++i)
    if (__atomic_sub_fetch(&graph.states[step.next[i]].waits, 1, __ATOMIC_ACQ_REL) == 0)
      tasks += makeReady(step.next[i]);
  bool isLast = __atomic_sub_fetch(&graph.left, 1, __ATOMIC_SEQ_CST) == 0;
  if (isLast) // our own threads may sleep on until the next run
    team.parallel ? wake(team, team.workerCount) : void(wakeWorker(team, 0));
  else if (tasks > 1) // one is this worker's
    wake(team, tasks - 1);
}

/// Returns the number of its tasks.
uint32_t Runner::makeReady(uint32_t index) {
  const Step &step = graph.steps[index];
  if (graph.guard)
    graph.guard->enter(index);
  for (uint32_t i = 0; i < step.rangeCount; ++i) {
    Range range = {static_cast<uint32_t>(uint64_t{step.taskCount} * i / step.rangeCount),
                   static_cast<uint32_t>(uint64_t{step.taskCount} * (i + 1) / step.rangeCount)};
    __atomic_store_n(&step.ranges[i], range.word(), __ATOMIC_RELEASE);
  }
  uint64_t run = __atomic_load_n(&graph.run, __ATOMIC_RELAXED);
  uint64_t &word = graph.ready[index / stepsPerWord];
  uint64_t seen = __atomic_load_n(&word, __ATOMIC_RELAXED), wanted;
  do {
    wanted = (run << 32) | bitsOf(seen, static_cast<uint32_t>(run)) |
             uint64_t{1} << index % stepsPerWord;
  } while (
      !__atomic_compare_exchange_n(&word, &seen, wanted, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
  return step.taskCount;
}

//===----------------------------------------------------------------------===//
// Workers
//===----------------------------------------------------------------------===//

/// Waits until a condition holds, or a little longer, or shorter.
template <typename Condition>
static void waitFor(Team &team, uint32_t worker, Condition condition) {
  uint64_t start = osTime();
  do {
    for (int i = 0; i < 32; ++i) {
      if (condition())
        return;
      pause();
    }
  } while (osTime() - start < spinNs);
  uint32_t &asleep = team.beds[worker].asleep;
  __atomic_store_n(&asleep, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&team.sleepers, 1, __ATOMIC_SEQ_CST);
  if (!condition())
    osWait(asleep, 1);
  if (__atomic_exchange_n(&asleep, 0, __ATOMIC_SEQ_CST) == 1)
    __atomic_sub_fetch(&team.sleepers, 1, __ATOMIC_SEQ_CST);
}

/// Works until all steps are done.
static void work(Team &team, Graph &graph, uint32_t worker) {
  Runner runner = {team, graph, worker};
  auto isOver = [&] { return __atomic_load_n(&graph.left, __ATOMIC_SEQ_CST) == 0; };
  while (!isOver())
    if (!runner.runSomething())
      waitFor(team, worker, [&] { return isOver() || runner.hasWork(); });
}

/// The graph that has steps left; null between runs.
static Graph *running(const Team &team) {
  Graph *graph = __atomic_load_n(&team.current, __ATOMIC_SEQ_CST);
  return graph && __atomic_load_n(&graph->left, __ATOMIC_SEQ_CST) ? graph : nullptr;
}

/// A thread of ours, from one run to the next.
static void runWorker(void *data) {
  Team::Worker &self = *static_cast<Team::Worker *>(data);
  Team &team = *self.team;
  FloatEnvironment environment;
  auto isStopped = [&] { return __atomic_load_n(&team.stop, __ATOMIC_SEQ_CST) != 0; };
  while (!isStopped()) {
    if (Graph *graph = running(team))
      work(team, *graph, self.index);
    waitFor(team, self.index, [&] { return running(team) || isStopped(); });
  }
}

born_status born::startTeam(Team &team, uint32_t workerCount, born_parallel_callback parallel,
                            void *user, Message &message) {
  team.workerCount = workerCount;
  team.parallel = parallel;
  team.parallelUser = user;
  if (!team.beds.allocate(workerCount) || !team.workers.allocate(parallel ? 0 : workerCount - 1))
    return message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
  for (uint32_t i = 0; i < team.workers.count; ++i) {
    Team::Worker &worker = team.workers[i];
    worker = {&team, i + 1, {runWorker, &worker, 0}};
    if (!osStartThread(worker.thread)) {
      team.workers.count = i; // those that stopTeam has to wait for
      return message.set(BORN_ERROR_THREAD, "cannot start thread %u of %u: use fewer", i + 2,
                         workerCount);
    }
  }
  return BORN_OK;
}

void born::stopTeam(Team &team) {
  __atomic_store_n(&team.stop, 1, __ATOMIC_SEQ_CST);
  if (team.workers.count)
    wake(team, team.workerCount);
  for (Team::Worker &worker : team.workers)
    osJoinThread(worker.thread);
  team.workers.reset();
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

bool born::prepareGraph(Graph &graph, uint32_t workerCount, bool isTraced) {
  size_t ranges = 0, tasks = 0;
  for (Step &step : graph.steps) {
    step.taskCount = (step.workgroups - 1) / step.taskSize + 1;
    step.rangeCount = min(step.taskCount, workerCount);
    ranges += step.rangeCount;
    tasks += step.taskCount;
  }
  constexpr size_t maxEvents = 1 << 20;
  if (!graph.states.allocate(graph.steps.count) || !graph.ranges.allocate(ranges) ||
      !graph.ready.allocate((graph.steps.count + stepsPerWord - 1) / stepsPerWord) ||
      (isTraced && !graph.trace.allocate(min(tasks, maxEvents))))
    return false;
  ranges = 0;
  for (size_t i = 0; i < graph.steps.count; ++i) {
    Step &step = graph.steps[i];
    step.ranges = &graph.ranges[ranges];
    ranges += step.rangeCount;
    graph.states[i].waits = step.waitCount;
    graph.states[i].tasks = step.taskCount;
  }
  return true;
}

namespace {
struct PoolRun {
  Team *team;
  Graph *graph;
};
} // namespace

/// A worker that lives in a thread of the application's.
static void runPoolWorker(void *data, uint32_t index) {
  PoolRun &run = *static_cast<PoolRun *>(data);
  if (index >= run.team->workerCount)
    return;
  FloatEnvironment environment;
  work(*run.team, *run.graph, index);
}

/// All of it in this thread: the order of the steps is one they may run in.
static void runAlone(Graph &graph) {
  if (graph.trace.count == 0 && !graph.guard) {
    for (const Step &step : graph.steps)
      step.function(step.bindings, step.immediates, 0, step.workgroups);
    return;
  }
  for (uint32_t i = 0; i < graph.steps.count; ++i) {
    if (graph.guard)
      graph.guard->enter(i);
    call(graph, i, 0, 0, graph.steps[i].workgroups);
    if (graph.guard)
      graph.guard->leave(i);
  }
}

void born::runGraph(Team &team, Graph &graph) {
  FloatEnvironment environment;
  graph.traced = 0;
  if (graph.isInline || team.workerCount == 1)
    return runAlone(graph);
  __atomic_store_n(&graph.left, static_cast<uint32_t>(graph.steps.count), __ATOMIC_RELAXED);
  __atomic_store_n(&graph.run, graph.run + 1, __ATOMIC_SEQ_CST);
  Runner runner = {team, graph, 0};
  uint64_t tasks = 0;
  for (uint32_t i = 0; i < graph.steps.count; ++i)
    if (graph.steps[i].waitCount == 0)
      tasks += runner.makeReady(i);
  if (team.parallel) {
    PoolRun run = {&team, &graph};
    team.parallel(team.parallelUser, runPoolWorker, &run, team.workerCount);
    return work(team, graph, 0); // should the pool have called nobody
  }
  __atomic_store_n(&team.current, &graph, __ATOMIC_SEQ_CST);
  if (tasks > 1)
    wake(team, tasks - 1);
  work(team, graph, 0);
  __atomic_store_n(&team.current, nullptr, __ATOMIC_SEQ_CST);
}
