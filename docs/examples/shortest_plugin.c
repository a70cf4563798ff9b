/* A policy in a shared library, in plain C: the example of docs/policy.md. Strict shortest job
 * first by the tenants' estimates; a job longer than `longest` seconds is rejected. */
#include <stdlib.h>

#include "policies/plugin/tandem_policy.h"

typedef struct Waiting {
  uint32_t id;
  int64_t estimate;
} Waiting;

/* Jobs known, by id, and those that wait, the shortest first. */
typedef struct Shortest {
  int64_t longest;
  int64_t* estimates;
  size_t known;
  Waiting* waiting;
  size_t count;
  size_t capacity;
} Shortest;

static void* create(const TandemSurroundings* surroundings, const char* const* values) {
  (void)surroundings;
  char* end = NULL;
  const double seconds = strtod(values[0], &end);
  if (end == values[0] || *end != '\0' || seconds <= 0) return NULL;
  Shortest* self = calloc(1, sizeof *self);
  if (self != NULL) self->longest = seconds < 9e9 ? (int64_t)(seconds * 1e9) : INT64_MAX;
  return self;
}

static void destroy(void* policy) {
  Shortest* self = policy;
  free(self->estimates);
  free(self->waiting);
  free(self);
}

static int before(Waiting a, Waiting b) {
  return a.estimate != b.estimate ? a.estimate < b.estimate : a.id < b.id;
}

static void wait(Shortest* self, uint32_t id) {
  if (self->count == self->capacity) {
    self->capacity = self->capacity > 0 ? 2 * self->capacity : 64;
    self->waiting = realloc(self->waiting, self->capacity * sizeof *self->waiting);
  }
  const Waiting job = {id, self->estimates[id]};
  size_t place = self->count++;
  for (; place > 0 && before(job, self->waiting[place - 1]); --place) {
    self->waiting[place] = self->waiting[place - 1];
  }
  self->waiting[place] = job;
}

static void take_out(Shortest* self, size_t place) {
  --self->count;
  for (; place < self->count; ++place) self->waiting[place] = self->waiting[place + 1];
}

static void observe(void* policy, const TandemEvent* event) {
  Shortest* self = policy;
  if (event->kind == TANDEM_SUBMITTED) {
    if (event->id >= self->known) {
      self->known = 2 * ((size_t)event->id + 1);
      self->estimates = realloc(self->estimates, self->known * sizeof *self->estimates);
    }
    self->estimates[event->id] = event->job->estimate;
    wait(self, event->id);
  } else if (event->kind == TANDEM_STOPPED) {
    wait(self, event->id);
  } else if (event->kind == TANDEM_CANCELLED) {
    for (size_t i = 0; i < self->count; ++i) {
      if (self->waiting[i].id == event->id) take_out(self, i--);
    }
  }
}

static void schedule(void* policy, int64_t now, const TandemPlan* plan) {
  (void)now;
  Shortest* self = policy;
  while (self->count > 0 && self->waiting[self->count - 1].estimate > self->longest) {
    plan->reject(plan->draft, self->waiting[self->count - 1].id, "longer than anybody may run");
    take_out(self, self->count - 1);
  }
  while (self->count > 0 && plan->start(plan->draft, self->waiting[0].id, "shortest estimate")) {
    take_out(self, 0);
  }
}

const TandemPolicy* tandem_policy(void) {
  static const TandemParameter parameters[] = {
      {"longest", "1e9", "seconds; jobs with a longer estimate are rejected"}};
  static const TandemPolicy description = {
      .abi = TANDEM_POLICY_ABI,
      .name = "shortest",
      .summary = "Strict shortest job first, by estimates.",
      .source = "docs/examples/shortest_plugin.c",
      .use = "An example of a policy from outside.",
      .cost = "O(n) a submission in the waiting jobs n",
      .parameters = parameters,
      .parameter_count = 1,
      .create = create,
      .destroy = destroy,
      .observe = observe,
      .schedule = schedule,
  };
  return &description;
}
