// A pipeline on two devices, worked by hand; tests/scenario/pipelines.yaml is the same.
//
//   device 0:  other job 0-25                      | report 33-38
//   device 1:  brief job 0-3 | prep 3-13 | eval-0 13-23 | eval-1 23-33
//
// prep was ready at 0 and waited 3 s; both slices of eval were ready at 13 and waited 0 and 10 s;
// report did not wait. A slice is half of 12 s and 4 s of overhead. Makespan 38 s; the critical
// path is 10 + 10 + 5 s.
#pragma once

#include "tests/unit/reports/told_run.h"

namespace tandem {

inline Pipeline example_pipeline() {
  return {"p", 0, {{"prep", 0, 10s, {}}, {"eval", 2, 10s, 4s}, {"report", 0, 5s, {}}}};
}

inline void tell_example(Recorder& recorder) {
  RunHeader header = header_of(2, one_tenant());
  header.pipelines = {example_pipeline()};
  ToldRun run(recorder, header);
  run.at(0s).submit(0, 1).submit(1, 1);
  run.submit_part(2, {{0}, 0, 0, 0});
  run.submit_part(3, {{0}, 0, 1, 0}, {{2}}).submit_part(4, {{0}, 0, 1, 1}, {{2}});
  run.submit_part(5, {{0}, 0, 2, 0}, {{3}, {4}});
  run.run(0, 1, 0).run(1, 1, 1);
  run.at(3s).finish(1).run(2, 1, 1);
  run.at(13s).finish(2).run(3, 1, 1);
  run.at(23s).finish(3).run(4, 1, 1);
  run.at(25s).finish(0);
  run.at(33s).finish(4).run(5, 1, 0);
  run.at(38s).finish(5);
}

}  // namespace tandem
