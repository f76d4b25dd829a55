package dev.trireme.serve;

import dev.trireme.batching.BatchCounts;
import dev.trireme.generate.EngineMetrics;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.ToLongFunction;

/** An engine's counts in Prometheus' text format: under vLLM's names where it has them, else under ours. */
final class PrometheusText {
    private static final double NANOS = 1e9;

    private final StringBuilder text = new StringBuilder();
    private final String labels;

    private PrometheusText(String model) {
        this.labels = "model_name=\""
                + model.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    /** @param memoryLimit bytes per second that a stage can read, if it was measured */
    static String of(String model, EngineMetrics metrics, RequestCounts requests, OptionalDouble memoryLimit) {
        PrometheusText page = new PrometheusText(model);
        List<BatchCounts> counts =
                metrics.copies().stream().map(EngineMetrics.Copy::counts).toList();
        page.gauge(
                "vllm:num_requests_running", "Requests that are computed", (double) sum(counts, BatchCounts::running));
        page.gauge("vllm:num_requests_waiting", "Requests that wait", (double) sum(counts, BatchCounts::waiting));
        page.gauge(
                "vllm:kv_cache_usage_perc",
                "Share of the cache's blocks in use, 1 for all",
                (double) sum(counts, BatchCounts::blocksInUse) / Math.max(1, sum(counts, BatchCounts::blocks)));
        page.counter("vllm:generation_tokens_total", "Tokens of answers", metrics.generatedTokens());
        page.counter(
                "vllm:num_preemptions_total", "Requests that were set back", sum(counts, BatchCounts::preemptions));
        page.counter(
                "vllm:prefix_cache_queries_total",
                "Tokens of prompts, taken from the cache or run",
                sum(counts, BatchCounts::sharedTokens) + sum(counts, BatchCounts::prefillTokens));
        page.counter(
                "vllm:prefix_cache_hits_total", "Tokens taken from the cache", sum(counts, BatchCounts::sharedTokens));
        page.counter("vllm:prompt_tokens_total", "Tokens of prompts", requests.promptTokens.sum());
        page.ends(requests);
        page.times("vllm:request_queue_time_seconds", "From its coming to its first iteration", requests.queued);
        page.times("vllm:time_to_first_token_seconds", "From a request's coming", requests.toFirstToken);
        page.times("vllm:inter_token_latency_seconds", "Between tokens of a request", requests.betweenTokens);
        page.times("vllm:e2e_request_latency_seconds", "From a request's coming to its end", requests.whole);
        page.counter("trireme:requests_answered_total", "Requests that ended well", metrics.answered());
        page.counter("trireme:requests_failed_total", "Requests that failed or were cancelled", metrics.failed());
        page.counter("trireme:iterations_total", "Iterations of the loop", sum(counts, BatchCounts::iterations));
        page.counter("trireme:decoded_rows_total", "Rows of all iterations", sum(counts, BatchCounts::decodedRows));
        page.counter(
                "trireme:prefill_tokens_total", "Tokens of prompts computed", sum(counts, BatchCounts::prefillTokens));
        memoryLimit.ifPresent(limit -> page.gauge(
                "trireme:memory_limit_bytes_per_second", "That a stage can read, measured before serving", limit));
        page.copies(metrics.copies());
        return page.text.toString();
    }

    private static long sum(List<BatchCounts> counts, ToLongFunction<BatchCounts> count) {
        return counts.stream().mapToLong(count).sum();
    }

    private void gauge(String name, String help, double value) {
        header(name, help, "gauge");
        line(name, labels, value);
    }

    private void counter(String name, String help, long value) {
        header(name, help, "counter");
        line(name, labels, (double) value);
    }

    private void ends(RequestCounts requests) {
        header(
                "vllm:request_success_total",
                "Texts that ended, by the reason; of abort and error, requests",
                "counter");
        for (RequestCounts.End end : RequestCounts.End.values()) {
            String reason = end.name().toLowerCase(Locale.ROOT);
            line("vllm:request_success_total", labels + ",finished_reason=\"" + reason + "\"", (double)
                    requests.ended(end));
        }
    }

    private void times(String name, String help, Histogram times) {
        header(name, help, "histogram");
        long count = times.read((bound, below) ->
                line(name + "_bucket", labels + ",le=\"" + (Double.isInfinite(bound) ? "+Inf" : bound) + "\"", (double)
                        below));
        line(name + "_sum", labels, times.sum());
        line(name + "_count", labels, (double) count);
    }

    /** What memory bandwidth each copy has had: bytes / seconds, a share of the limit. */
    private void copies(List<EngineMetrics.Copy> copies) {
        header("trireme:weight_bytes_read_total", "Iterations of each copy times the bytes of its weights", "counter");
        for (int copy = 0; copy < copies.size(); copy++) {
            double read = (double) copies.get(copy).counts().iterations()
                    * copies.get(copy).weightBytes();
            line("trireme:weight_bytes_read_total", of(copy), read);
        }
        header("trireme:active_seconds_total", "Time during which each copy had something to run", "counter");
        for (int copy = 0; copy < copies.size(); copy++) {
            line("trireme:active_seconds_total", of(copy), copies.get(copy).activeNanos() / NANOS);
        }
        idle(copies);
    }

    private String of(int copy) {
        return labels + ",copy=\"" + copy + "\"";
    }

    private void idle(List<EngineMetrics.Copy> copies) {
        String name = "trireme:stage_idle_seconds_total";
        header(name, "Time of each stage without work while its copy had some", "counter");
        for (int copy = 0; copy < copies.size(); copy++) {
            List<Long> idle = copies.get(copy).idleNanos();
            for (int stage = 0; stage < idle.size(); stage++) {
                line(name, of(copy) + ",stage=\"" + stage + "\"", idle.get(stage) / NANOS);
            }
        }
    }

    private void header(String name, String help, String type) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void line(String name, String withLabels, double value) {
        text.append(String.format(Locale.ROOT, "%s{%s} %s\n", name, withLabels, number(value)));
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
