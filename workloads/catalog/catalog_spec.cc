// One sentence for each key of the catalogue.
#include "workloads/catalog/catalog_spec.h"

#include "workloads/catalog/measured_entry.h"

namespace tandem {
namespace {

SpecPointer text() { return scalar(ScalarKind::kText); }
SpecPointer name() { return scalar(ScalarKind::kName); }
SpecPointer amount() { return more_than_zero(ScalarKind::kNumber); }
SpecPointer flag() { return scalar(ScalarKind::kBool); }
SpecPointer share() { return scalar(ScalarKind::kNumber, 0.01, 1, "from 0.01 to 1"); }
SpecPointer count() { return scalar(ScalarKind::kInteger, 1, 1e7, "from 1 to 10000000"); }
SpecPointer count_or_none() { return scalar(ScalarKind::kInteger, 0, 1e7, "from 0 to 10000000"); }
SpecPointer seconds() { return scalar(ScalarKind::kDuration, 0, 1e9, "from 0 to one second"); }
Key sources() { return required("sources", list(text(), 1), "Where the figures come from."); }

SpecPointer efficiency_spec() {
  return object(
      {required("gemm", share(), "Share of the peak in large matrix products."),
       optional("gemm_fp8", share(), "Share of the fp8 peak.", "0.6"),
       required("flash_forward", share(), "Share of the peak in fused attention, forward."),
       required("flash_backward", share(), "The same, backward."),
       required("band_low", amount(), "Measured over modelled step time: nine of ten are above."),
       required("band_high", amount(), "Nine of ten are below."),
       optional("runs", count_or_none(), "Measured runs behind the band.", "0"),
       required("source", text(), "How the shares were found.")});
}

SpecPointer serving_spec() {
  return object(
      {required("memory", share(), "Share of the bandwidth in reading weights and caches."),
       optional("host", amount(), "Time of its node's host, of that of an A100's.", "1"),
       required("prefill_low", amount(), "Measured over modelled prefill: nine of ten are above."),
       required("prefill_high", amount(), "Nine of ten are below."),
       required("decode_low", amount(), "The same for steps that only decode."),
       required("decode_high", amount(), "Nine of ten are below."),
       optional("points", count_or_none(), "Measured points behind the bands.", "0"),
       required("source", text(), "How the figures were found.")});
}

SpecPointer node_spec() {
  return object({required("devices", count(), "Devices of the usual node."),
                 optional("fabric", name(), "Fabric inside the node."),
                 required("network", name(), "Fabric of its network cards."),
                 optional("nics", count(), "Network cards of the node.", "as many as devices")});
}

SpecPointer device_spec() {
  return object({required("name", name(), "Short name."), required("title", text(), "Full name."),
                 required("memory", more_than_zero(ScalarKind::kBytes), "Memory, as printed."),
                 optional("usable_memory", more_than_zero(ScalarKind::kBytes),
                          "What a program finds there.", "as 'memory'"),
                 required("memory_bytes_per_s", amount(), "Memory bandwidth."),
                 optional("peak_fp32", amount(), "Dense operations per second, fp32."),
                 optional("peak_tf32", amount(), "Dense operations per second, tf32."),
                 optional("peak_bf16", amount(), "Dense operations per second, bf16."),
                 optional("peak_fp16", amount(), "Dense operations per second, fp16."),
                 optional("peak_fp8", amount(), "Dense operations per second, fp8."),
                 optional("link_bytes_per_s", amount(), "NVLink, all links, both directions."),
                 optional("busy_watts", amount(), "Limit of the board's power."),
                 optional("idle_watts", amount(), "Power when idle, if published."),
                 optional("node", node_spec(), "The machine it usually sits in."),
                 optional("efficiency", efficiency_spec(), "What training gets of the peaks."),
                 optional("serving", serving_spec(), "What serving gets beyond that."),
                 optional("measured", measured_spec(), "What was measured of it."), sources()});
}

SpecPointer model_spec() {
  return object(
      {required("name", name(), "Short name."),
       required("title", text(), "Full name."),
       required("layers", count(), "Transformer layers."),
       required("hidden", count(), "Width of the residual stream."),
       required("heads", count(), "Query heads."),
       optional("kv_heads", count(), "Key and value heads.", "as many as heads"),
       optional("head_size", count(), "Width of a head.", "hidden / heads"),
       required("ffn", count(), "Width of the feed-forward block, or of one expert."),
       optional("gated", flag(), "Three matrices instead of two (SwiGLU).", "false"),
       required("vocabulary", count(), "Rows of the embedding."),
       optional("tied", flag(), "The output matrix is the embedding.", "false"),
       optional("positions", count_or_none(), "Learned positions; 0: rotary.", "0"),
       required("context", count(), "Longest sequence."),
       optional("biases", word({"none", "qkv", "all"}), "Matrices with a bias.", "none"),
       optional("norm", word({"layer", "rms"}), "Kind of norm.", "rms"),
       optional("qk_norm", flag(), "Norms over the heads of queries and keys.", "false"),
       optional("dropout", flag(), "Trained with dropout.", "false"),
       optional("attention", word({"flash", "unfused"}),
                "Kernels of its published runs; a question may say otherwise.", "flash"),
       optional("experts", count(), "Experts of each layer; absent: none."),
       optional("active_experts", count(), "Experts that a token passes.", "1"),
       optional("shared_ffn", count(), "Width of the expert all tokens pass; absent: none."),
       optional("shared_gate", flag(), "A learned gate scales the shared expert.", "false"),
       sources()});
}

SpecPointer fabric_spec() {
  return object(
      {required("name", name(), "Short name."), required("title", text(), "Full name."),
       required("bytes_per_s", amount(), "One direction, of one device or network card."),
       optional("efficiency", share(), "What a collective library gets of it.", "1"),
       optional("latency", seconds(), "What each collective takes whatever its size.", "0 s"),
       optional("hop_latency", seconds(), "What each hop adds.", "0 s"),
       optional("node_bytes_per_s", amount(), "What all cards of a node get together, if less."),
       sources()});
}

}  // namespace

const Spec& catalog_spec() {
  static const SpecPointer kSpec =
      object({optional("devices", list(device_spec()), "Device types."),
              optional("models", list(model_spec()), "Language models."),
              optional("fabrics", list(fabric_spec()), "Wires between devices.")});
  return *kSpec;
}

}  // namespace tandem
