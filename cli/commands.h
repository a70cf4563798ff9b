// The commands of tandem. Each composes what the libraries offer and returns an exit code; errors
// of input are thrown to main, which prints them once.
#pragma once

#include "cli/arguments.h"

namespace tandem {

int run_init(const Arguments& arguments);
int run_validate(const Arguments& arguments);
int run_schema(const Arguments& arguments);
int run_policies(const Arguments& arguments);
int run_hardware(const Arguments& arguments);
int run_models(const Arguments& arguments);
int run_model_step(const Arguments& arguments);
int run_model_fit(const Arguments& arguments);
int run_model_serve(const Arguments& arguments);
int run_explain(const Arguments& arguments);
int run_replay(const Arguments& arguments);
int run_compare(const Arguments& arguments);
int run_cache(const Arguments& arguments);
int run_trace_import(const Arguments& arguments);
int run_trace_generate(const Arguments& arguments);
int run_doctor(const Arguments& arguments);
int run_completion(const Arguments& arguments);
int run_version(const Arguments& arguments);

/// Only in tandem-sim, the one program that loads SimGrid.
int run_simulate(const Arguments& arguments);
int run_slices(const Arguments& arguments);
int run_saturation(const Arguments& arguments);
int run_check(const Arguments& arguments);
int run_plan(const Arguments& arguments);
int run_sweep(const Arguments& arguments);
int run_trace_fit(const Arguments& arguments);
int run_check_policy(const Arguments& arguments);
int run_validate_run(const Arguments& arguments);

/// Only in tandem-report, the one program that draws.
int run_report(const Arguments& arguments);
int run_trace_export(const Arguments& arguments);

/// Only in tandem-run, the controller.
int run_real(const Arguments& arguments);
int run_ps(const Arguments& arguments);
int run_submit(const Arguments& arguments);
int run_cancel(const Arguments& arguments);
int run_logs(const Arguments& arguments);
int run_token(const Arguments& arguments);
int run_calibrate(const Arguments& arguments);
int run_bench_serve(const Arguments& arguments);

}  // namespace tandem
