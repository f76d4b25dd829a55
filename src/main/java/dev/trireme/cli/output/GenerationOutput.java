package dev.trireme.cli.output;

import dev.trireme.bench.PeakMemory;
import dev.trireme.config.PipelineLayout;
import dev.trireme.generate.Generation;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.GenerationListener;
import dev.trireme.generate.Generations;
import dev.trireme.generate.StopReason;
import dev.trireme.generate.Timing;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints generated texts to standard output, as text or JSON, and speeds to standard error. */
public final class GenerationOutput {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;
    private final boolean likelihoods;
    private final LiveSpeed speed;
    private boolean streamed;

    public GenerationOutput(PrintWriter out, PrintWriter err, boolean json, boolean likelihoods, LiveSpeed speed) {
        this.out = out;
        this.err = err;
        this.json = json;
        this.likelihoods = likelihoods;
        this.speed = speed;
    }

    /** Prints a piece of a streamed text. */
    public void stream(String piece) {
        speed.count();
        streamed = true;
        if (!json) {
            out.print(piece);
            out.flush();
        }
    }

    /** A listener that prints texts in order, each as soon as it and all before it are done. */
    public GenerationListener listener(List<String> prompts) {
        Map<Integer, Generation> early = new HashMap<>();
        return new GenerationListener() {
            private int next;

            @Override
            public void token(int prompt) {
                speed.count();
            }

            @Override
            public void finished(int prompt, Generation generation) {
                early.put(prompt, generation);
                for (; early.containsKey(next) && !json; next++) {
                    print(next, prompts, early.remove(next).text());
                }
            }
        };
    }

    private void print(int number, List<String> prompts, String text) {
        speed.clear();
        if (prompts.size() > 1) {
            out.println((number > 0 ? "\n" : "") + "== " + (number + 1) + "/" + prompts.size() + "  "
                    + prompts.get(number));
        }
        out.print(text);
        endLine();
    }

    private void endLine() {
        out.println();
        out.flush();
    }

    /** Completes the output after streaming or after the listener. */
    public void finish(List<String> prompts, Generations generations, GenerationLayout layout) {
        speed.clear();
        if (json) {
            printJson(prompts, generations, layout);
            return;
        }
        if (streamed) {
            endLine();
        }
        printSpeed(generations);
    }

    private void printJson(List<String> prompts, Generations generations, GenerationLayout layout) {
        Timing timing = generations.timing();
        double memory = PeakMemory.megabytes();
        for (int i = 0; i < prompts.size(); i++) {
            Generation generation = generations.all().get(i);
            JsonLine line = JsonLine.of("generation")
                    .put("prompt", prompts.get(i))
                    .put("text", generation.text())
                    .put("ids", generation.ids())
                    .put("prompt_tokens", generation.promptTokens())
                    .put("generated_tokens", generation.ids().size())
                    .put("stop", generation.stop().toString());
            if (likelihoods) {
                line.put("log_probabilities", generation.logProbabilities());
            }
            out.println(line.put("prefill_ms", timing.prefillNanos() / 1e6)
                    .put("decode_tokens_per_second", tokensPerSecond(generations))
                    .put("peak_memory_mb", memory)
                    .put("layout", Spread.of(layout)));
        }
    }

    private record Spread(
            int stages,
            String split,
            String schedule,
            int chunks,
            int microBatches,
            int worldSize,
            String device,
            int threads) {
        static Spread of(GenerationLayout layout) {
            PipelineLayout pipeline = layout.pipeline();
            return new Spread(
                    pipeline.stages(),
                    pipeline.split(),
                    pipeline.schedule(),
                    pipeline.chunks(),
                    layout.microBatches(),
                    layout.worldSize(),
                    layout.device(),
                    layout.threads());
        }
    }

    private void printSpeed(Generations generations) {
        List<Generation> all = generations.all();
        err.println(String.format(
                Locale.ROOT,
                "%,d tokens after %,d, prefill %,.1f ms, then %,.1f tokens/s%s",
                all.stream().mapToInt(generation -> generation.ids().size()).sum(),
                all.stream().mapToInt(Generation::promptTokens).sum(),
                generations.timing().prefillNanos() / 1e6,
                tokensPerSecond(generations),
                likelihoods ? String.format(Locale.ROOT, ", log-probability %.3f", logProbability(all)) : ""));
    }

    private static double logProbability(List<Generation> all) {
        return all.stream()
                .flatMap(generation -> generation.logProbabilities().stream())
                .mapToDouble(Double::doubleValue)
                .sum();
    }

    /**
     * Decode speed of all texts together, without the first token of each, which belongs to prefill; 0 without further
     * tokens.
     */
    static double tokensPerSecond(Generations generations) {
        long nanos = Arrays.stream(generations.timing().stepNanos()).sum();
        long tokens = generations.all().stream()
                .mapToLong(generation -> generation.ids().size() + (generation.stop() == StopReason.END ? 1 : 0) - 1)
                .sum();
        return nanos == 0 ? 0 : tokens * 1e9 / nanos;
    }
}
