//===- executor.h - a task graph on the cores of this machine --------------===//
//
// A step is one command; its tasks are ranges of workgroups. Steps start when
// those they wait for are done; which worker runs which task is decided while
// it runs, and makes no difference to the result. How it works is told in
// executor.cpp.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_EXECUTOR_H
#define BORN_RUNTIME_EXECUTOR_H

#include "runtime/access_guard.h"
#include "runtime/os.h"
#include "runtime/program.h"
#include "runtime/support.h"

namespace born {

/// Keeps what one worker writes out of the line that another one reads.
using CacheLine = uint8_t[64];

/// What never changes of a step.
struct Step {
  born_cpu_function function;
  void *const *bindings;
  const uint32_t *immediates;
  const uint32_t *next; ///< the steps that wait for this one
  uint32_t nextCount;
  uint32_t waitCount;
  uint32_t workgroups;
  uint32_t taskSize; ///< workgroups
  uint32_t command;  ///< of the program, for traces
  uint32_t taskCount;
  uint32_t rangeCount; ///< parts of the tasks, each of which has a worker that prefers it
  uint64_t *ranges;
};

/// What changes while it runs; written by all workers.
struct StepState {
  uint32_t waits; ///< atomic: steps before it that are not done
  uint32_t tasks; ///< atomic: its tasks that are not done
  CacheLine padding;
};

/// One task that ran, for profiles.
struct TraceEvent {
  uint32_t command, worker;
  uint32_t first, last; ///< workgroups
  uint64_t start, end;  ///< osTime; on Vulkan since the start of the run
};

/// A program that is ready to run on a team.
struct Graph {
  Array<Step> steps; ///< in the order in which workers take them
  Array<StepState> states;
  Array<uint64_t> ranges;  ///< of all steps
  Array<uint64_t> ready;   ///< steps with tasks to take, 32 to a word with the run's number above
  bool isInline;           ///< too little work to share it
  Array<TraceEvent> trace; ///< of the last run; empty where none is wanted
  uint64_t traceStart;     ///< osTime of the last run; on Vulkan 0
  AccessGuard *guard;      ///< told of every step; null: nobody is
  CacheLine padding;
  uint32_t left;   ///< atomic: steps that are not done
  uint32_t run;    ///< atomic: the number of the run
  uint32_t traced; ///< atomic: the number of events, which may exceed the room
  CacheLine morePadding;
};

/// The threads of a context. The caller of a run is worker 0.
struct Team {
  struct Worker {
    Team *team;
    uint32_t index;
    Thread thread;
  };

  /// Where a worker sleeps.
  struct Bed {
    uint32_t asleep; ///< atomic: 1 until the worker or who wakes it says otherwise
    CacheLine padding;
  };

  uint32_t workerCount; ///< with the caller
  Array<Worker> workers;
  Array<Bed> beds;                 ///< by worker
  born_parallel_callback parallel; ///< the caller's own threads instead; null: ours
  void *parallelUser;
  CacheLine padding;
  Graph *current; ///< atomic: what is running; null between runs
  uint32_t stop;  ///< atomic
  CacheLine morePadding;
  uint32_t sleepers; ///< atomic: beds in use
};

/// Starts the threads of a team, unless the work is the caller's to spread.
born_status startTeam(Team &team, uint32_t workerCount, born_parallel_callback parallel, void *user,
                      Message &message);
void stopTeam(Team &team);

/// Makes room for the state of a graph whose steps are filled in, ranges aside,
/// and brings it to the state between two runs.
bool prepareGraph(Graph &graph, uint32_t workerCount, bool isTraced);

/// Runs all steps of a graph and returns when they are done. Allocates nothing,
/// takes no lock and starts no thread.
void runGraph(Team &team, Graph &graph);

} // namespace born

#endif // BORN_RUNTIME_EXECUTOR_H
