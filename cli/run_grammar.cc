#include "cli/run_grammar.h"

#include "cli/validators.h"

namespace tandem {
namespace {

/// What devices of a scenario are here, and what runs on them.
void add_machine(CLI::App* app, RunArguments& run) {
  app->add_option("--on", run.on, "What the devices of the scenario are here")
      ->type_name("auto|cpu|cuda")
      ->check(one_of({"auto", "cpu", "cuda"}))
      ->capture_default_str();
  app->add_option("--worker", run.worker,
                  "Another build of tandem-worker, as with a LibTorch of your own")
      ->type_name("FILE");
  app->add_option("--threads", run.threads, "Of each rank on processors")
      ->type_name("N")
      ->check(whole_number(1, 1024))
      ->capture_default_str();
}

void add_overrides(CLI::App* app, std::vector<std::string>& overrides) {
  app->add_option("--set", overrides, "Override a value: --set cluster.nodes.0.count=8")
      ->take_all()
      ->expected(1)
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

void add_scenario(CLI::App* app, Arguments& arguments) {
  app->add_option("SCENARIO", arguments.file, "Scenario file (YAML)")->type_name("")->required();
}

void add_folder(CLI::App* app, Arguments& arguments) {
  app->add_option("-o,--output", arguments.output,
                  "Folder of the run: journal, logs, losses, checkpoints, results. One that was "
                  "left before its end is gone on with. NAME.run unless told")
      ->type_name("FOLDER");
}

/// Which service answers which file.
void add_batch(CLI::App* app, Arguments& arguments) {
  app->add_option("-i,--input", arguments.run.prompts,
                  "Prompts: JSON lines as OpenAI's batch API takes them, or {\"prompt\": …}")
      ->type_name("FILE")
      ->required();
  app->add_option("-o,--output", arguments.run.answers,
                  "Answers, in the form of that API's output. Prompts that have one there are "
                  "passed over")
      ->type_name("FILE")
      ->required();
  app->add_option("--service", arguments.service,
                  "Which one is asked; may be left out if there is only one")
      ->type_name("NAME");
  app->add_option("--run", arguments.output,
                  "Folder of the run. ANSWERS.run unless told, or ANSWERS.run-2 and so on if that "
                  "run has come to its end")
      ->type_name("FOLDER");
}

/// How a scenario is run.
void add_options(CLI::App* app, Arguments& arguments, std::vector<std::string>& overrides) {
  RunArguments& run = arguments.run;
  app->add_option("-p,--policy", arguments.policies, "The policy; the scenario's first unless told")
      ->type_name("POLICY")
      ->expected(1);
  app->add_option("--policy-plugin", arguments.plugins, "Shared library with a policy")
      ->take_all()
      ->expected(1)
      ->type_name("FILE")
      ->allow_extra_args(false);
  app->add_option("--seed", run.seed, "Of what is random in the workload")
      ->type_name("N")
      ->capture_default_str();
  add_overrides(app, overrides);
  add_machine(app, run);
  app->add_option("--attempts", run.attempts,
                  "So often in a row a gang may break without having saved anything new")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000))
      ->capture_default_str();
  app->add_option("--patience", run.patience_s, "Seconds a rank waits for the others of its gang")
      ->type_name("S")
      ->check(whole_number(1, 86'400))
      ->capture_default_str();
  app->add_option("--hang", run.hang_s, "Seconds without a step after which a gang counts as hung")
      ->type_name("S")
      ->check(whole_number(1, 86'400))
      ->capture_default_str();
  app->add_option("--export", arguments.exports, "Also write the result: .json, .csv or .md")
      ->take_all()
      ->expected(1)
      ->type_name("FILE")
      ->allow_extra_args(false);
}

/// Where the services of a scenario answer, and to whom.
void add_front_end(CLI::App* app, RunArguments& run) {
  app->add_option("--http", run.http, "Where the scenario's services answer; port 0: any")
      ->type_name("ADDRESS:PORT")
      ->check(address_and_port())
      ->capture_default_str();
  app->add_option("--users", run.users,
                  "File of those who may ask, with their tokens' hashes; else all on this machine")
      ->type_name("FILE");
  CLI::Option* certificate =
      app->add_option("--tls-certificate", run.tls_certificate, "PEM, with those that vouch for it")
          ->type_name("FILE");
  CLI::Option* key = app->add_option("--tls-key", run.tls_key, "PEM")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  app->add_flag("--insecure", run.insecure, "Listen beyond this machine without users or TLS");
}

void add_run(CLI::App* app, Arguments& arguments) {
  app->add_option("RUN", arguments.file, "Folder of the run")->type_name("")->required();
}

void add_job(CLI::App* app, Arguments& arguments) {
  add_run(app, arguments);
  app->add_option("JOB", arguments.name, "Name of the job")->type_name("")->required();
}

}  // namespace

void add_run_commands(const MakeCommand& command, Arguments& arguments,
                      std::vector<std::string>& overrides) {
  CLI::App* run = command("run", Command::kRun,
                          "Really do what the scenario describes, on the devices of this machine");
  add_scenario(run, arguments);
  add_folder(run, arguments);
  add_options(run, arguments, overrides);
  CLI::App* batch = command("run-batch", Command::kRunBatch,
                            "The same, and a service answers a file of prompts: batch inference");
  add_scenario(batch, arguments);
  add_batch(batch, arguments);
  add_options(batch, arguments, overrides);
  CLI::App* serve = command("serve", Command::kServe,
                            "The same, and stay: services answer HTTP, jobs are handed in with "
                            "'submit', until it is stopped");
  add_scenario(serve, arguments);
  add_folder(serve, arguments);
  add_options(serve, arguments, overrides);
  add_front_end(serve, arguments.run);
  add_run(command("ps", Command::kPs, "The jobs of a run: state, step, loss, tokens a second"),
          arguments);
  CLI::App* submit = command("submit", Command::kSubmit, "Hand in jobs while a run goes on");
  add_run(submit, arguments);
  submit->add_option("FILE", arguments.name, "A list of jobs, as below workload.jobs")
      ->type_name("")
      ->required();
  add_job(command("cancel", Command::kCancel, "Withdraw a job that waits or runs"), arguments);
  CLI::App* calibrate =
      command("calibrate", Command::kCalibrate,
              "Measure this machine and write a device profile that simulations read");
  calibrate->add_option("SCENARIO", arguments.file, "Whose jobs are measured, too")->type_name("");
  calibrate->add_option("-o,--output", arguments.output, "The profile, a catalogue file (YAML)")
      ->type_name("FILE")
      ->required();
  calibrate->add_option("--name", arguments.profile, "Of the device type")
      ->type_name("NAME")
      ->capture_default_str();
  add_overrides(calibrate, overrides);
  add_machine(calibrate, arguments.run);
  CLI::App* validate =
      command("validate-run", Command::kValidateRun,
              "Simulate what really ran, and say how far off that is: metrics, order of policies");
  validate
      ->add_option("RUN", arguments.runs, "Folders of runs; several of one policy show its spread")
      ->type_name("")
      ->required();
  validate->add_option("-j,--parallel", arguments.parallel, "Simulations at one time")
      ->type_name("N")
      ->check(whole_number(0, 1024));
  CLI::App* logs = command("logs", Command::kLogs, "What a job has printed");
  add_job(logs, arguments);
  logs->add_option("--rank", arguments.run.rank, "Of which rank")
      ->type_name("N")
      ->capture_default_str();
  logs->add_flag("-f,--follow", arguments.run.follow, "Go on as it grows");
  CLI::App* token = command("token", Command::kToken,
                            "Make a bearer token, and its line for the file of users (--users)");
  token->add_option("NAME", arguments.name, "Of its owner")->type_name("")->required();
  token->add_option("--tenant", arguments.run.tenant, "Who is charged")
      ->type_name("NAME")
      ->capture_default_str();
  token->add_option("--roles", arguments.run.roles, "What it allows")
      ->type_name("LIST")
      ->delimiter(',')
      ->check(one_of({"admin", "submit", "infer", "read"}))
      ->capture_default_str();
}

}  // namespace tandem
