/* A policy from outside: the binary interface between Tandem and a shared library.
 *
 * Plain C, so that any compiler and language will do. A library exports one function,
 *
 *     const TandemPolicy* tandem_policy(void);
 *
 * and Tandem loads it with --policy-plugin FILE. All times are nanoseconds since the start of the
 * run; all ids are dense from 0. Pointers given to a library hold for the call in which they are
 * given, except TandemSurroundings, which hold until destroy(). A policy reads no clock, starts no
 * thread and does no I/O: equal events must lead to equal decisions, byte for byte.
 * docs/policy.md has an example. */
#ifndef TANDEM_POLICY_H
#define TANDEM_POLICY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a struct below changes in size or meaning. */
#define TANDEM_POLICY_ABI 2

#define TANDEM_NONE UINT32_MAX /* No parent, no quota, no guarantee. */

typedef struct TandemNode {
  const char* name;
  uint32_t type;         /* Of its devices. */
  uint32_t first_device; /* Devices are numbered through, node by node. */
  uint32_t device_count;
  uint32_t rack;
  uint32_t pod;
  int64_t milli_cpus;
  int64_t memory_bytes;
} TandemNode;

typedef struct TandemTenant {
  const char* name; /* Path from the top, "research/alice". */
  uint32_t parent;
  uint32_t quota;      /* Most devices it may hold. */
  uint32_t guaranteed; /* Devices it gets back from those who borrow them. */
  double shares;       /* Its weight among its siblings. */
} TandemTenant;

typedef struct TandemModel {
  const char* name;
  const uint32_t*
      speed_ppm; /* By device type: millionths of the pace that estimates are given in. */
} TandemModel;

typedef struct TandemSurroundings {
  const char* const* type_names;
  const TandemNode* nodes;
  const TandemTenant* tenants; /* Parents before their children. */
  const TandemModel* models;   /* The first is that of jobs that state none. */
  uint32_t type_count;
  uint32_t node_count;
  uint32_t tenant_count;
  uint32_t model_count;
} TandemSurroundings;

typedef struct TandemJob {
  const char* name;
  uint32_t id;
  uint32_t tenant;
  uint32_t model;
  uint32_t devices;       /* Of the preferred size, if it is elastic. */
  uint32_t least_devices; /* Equal to `devices` and to `most_devices` if it is not. */
  uint32_t most_devices;
  const uint32_t* sizes; /* All sizes that an elastic gang may have, rising; null: any number from
                            `least_devices` to `most_devices`. */
  uint32_t size_count;
  uint32_t device_share; /* Thousandths of its device; below 1000 only with one device. */
  uint32_t one_node;     /* 1: all ranks on one node. */
  uint32_t preemptible;  /* 1: it may be stopped. */
  uint64_t types;        /* Acceptable device types, one bit each; a gang never mixes types. */
  int64_t milli_cpus_per_rank;
  int64_t memory_bytes_per_rank;
  int64_t priority;
  int64_t submitted;
  int64_t estimate;      /* Of its run time, on `devices` devices of speed 1. */
  int64_t deadline;      /* INT64_MAX: none. */
  int64_t critical_path; /* The longest chain of estimates that begins with it. */
} TandemJob;

typedef enum TandemEventKind {
  TANDEM_SUBMITTED = 0,
  TANDEM_STARTED = 1,  /* The gang computes; its devices have been taken since its start. */
  TANDEM_FINISHED = 2, /* Done; its devices are free. */
  TANDEM_FAILED = 3,
  TANDEM_STOPPED = 4, /* Let go before it was done; waits again. */
  TANDEM_RESIZED = 5,
  TANDEM_CANCELLED = 6,
  TANDEM_PRIORITY_CHANGED = 7,
  TANDEM_NODE_DOWN = 8,
  TANDEM_NODE_UP = 9,
  TANDEM_PROGRESSED = 10 /* So much work is done; told where it is not the time since the start. */
} TandemEventKind;

typedef struct TandemEvent {
  TandemEventKind kind;
  uint32_t id;          /* Of the job or the node. */
  const TandemJob* job; /* Of a submission; otherwise null. */
  int64_t value;        /* Stopped: nanoseconds lost. Progressed: nanoseconds of work, at the job's
                           own pace. Priority changed: the new one. */
  int64_t now;
} TandemEvent;

/* A draft of decisions, checked as it is written. A function that answers 0 could not do what it
 * was asked; if that breaks a rule, the run ends with the rule's name after schedule() has
 * returned. */
typedef struct TandemPlan {
  void* draft; /* First argument of every function. */
  uint32_t (*free_devices)(void* draft, uint32_t type);
  uint32_t (*free_on_node)(void* draft, uint32_t node);
  /* 1 if some placement of the job exists now. */
  int (*fits)(void* draft, uint32_t job);
  /* Starts a waiting job on the fewest nodes, an elastic one with as many of its `devices` as there
   * is room for; 0 if it does not fit or a quota does not admit it, which breaks no rule. */
  int (*start)(void* draft, uint32_t job, const char* reason);
  /* Starts it on these devices, grouped by node. A number of them that it may not have breaks the
   * rule gang-whole, here and in resize(): they are not rounded. */
  int (*start_on)(void* draft, uint32_t job, const uint32_t* devices, uint32_t count,
                  const char* reason);
  int (*resize)(void* draft, uint32_t job, const uint32_t* devices, uint32_t count,
                const char* reason);
  int (*preempt)(void* draft, uint32_t job, const char* reason);
  int (*reject)(void* draft, uint32_t job, const char* reason);
  /* Asks for schedule() at that time even if nothing happens; holds for one call. */
  int (*wake_at)(void* draft, int64_t time);
} TandemPlan;

typedef struct TandemParameter {
  const char* name;
  const char* default_value;
  const char* meaning;
} TandemParameter;

typedef struct TandemPolicy {
  uint32_t abi;        /* TANDEM_POLICY_ABI of the header it was compiled with. */
  const char* name;    /* As in --policy NAME: lower-case letters, digits and '-'. */
  const char* summary; /* What it does, in a sentence. */
  const char* source;
  const char* use;
  const char* cost;
  const TandemParameter* parameters;
  uint32_t parameter_count;
  /* A fresh policy, or null if a value is wrong. `values` are those of `parameters`, in order. */
  void* (*create)(const TandemSurroundings* surroundings, const char* const* values);
  void (*destroy)(void* policy);
  void (*observe)(void* policy, const TandemEvent* event);
  void (*schedule)(void* policy, int64_t now, const TandemPlan* plan);
} TandemPolicy;

typedef const TandemPolicy* (*TandemPolicyFunction)(void);
#define TANDEM_POLICY_FUNCTION "tandem_policy"

#ifdef __cplusplus
}
#endif

#endif
