package dev.trireme.train;

import dev.trireme.data.Pair;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.Stage;
import dev.trireme.generate.Generator;
import dev.trireme.generate.LanguageModel;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.task.Question;
import dev.trireme.task.Task;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the model the same few things after each epoch: few and short, since the other ranks wait for the next step. */
final class EpochSampler {
    private static final Logger LOG = LoggerFactory.getLogger(EpochSampler.class);
    private static final int PROMPTS = 3;
    private static final int MOST_TOKENS = 32;
    private static final int LONGEST = 128; // of prompts

    private final List<Question> prompts;
    private final List<Stage> stages;
    private final HuggingFaceConfig config;
    private final Tokenizer tokenizer;
    private final Set<Integer> told; // epochs

    private EpochSampler(
            List<Question> prompts,
            List<Stage> stages,
            HuggingFaceConfig config,
            Tokenizer tokenizer,
            Set<Integer> told) {
        this.prompts = prompts;
        this.stages = stages;
        this.config = config;
        this.tokenizer = tokenizer;
        this.told = new HashSet<>(told);
    }

    /** @param told epochs after which the run has told of samples */
    static EpochSampler of(FirstRank.Work work, HuggingFaceConfig config, Set<Integer> told) {
        TrainingRun run = work.run();
        int maxLength = run.config().training().maxLength();
        int longest = Math.min(LONGEST, Math.max(maxLength - MOST_TOKENS, maxLength / 2));
        Tokenizer tokenizer = work.tokenizer().get();
        List<Question> prompts = run.config().task().task() == Task.TRANSLATE
                ? pairs(run, tokenizer, longest)
                : run.documents().samples(run.part(1), tokenizer, PROMPTS, longest);
        return new EpochSampler(prompts, work.replica().stages(), config, tokenizer, told);
    }

    private static List<Question> pairs(TrainingRun run, Tokenizer tokenizer, int longest) {
        int end = run.specialTokens(() -> tokenizer).end();
        return run.splits().validation().stream()
                .map(pair -> question(pair, tokenizer, end))
                .filter(question -> question.prompt().length <= longest)
                .limit(PROMPTS)
                .toList();
    }

    private static Question question(Pair pair, Tokenizer tokenizer, int end) {
        int[] source = tokenizer.encode(pair.source());
        int[] prompt = Arrays.copyOf(source, source.length + 1);
        prompt[source.length] = end;
        return new Question(pair.source(), prompt, pair.target());
    }

    /** Nothing where it was told, there is nothing to ask, no memory to generate beside training, or a number that is not finite. */
    Optional<EpochSamples> after(int epoch) {
        if (prompts.isEmpty() || !told.add(epoch)) {
            return Optional.empty();
        }
        try (LanguageModel model = LanguageModel.borrow(stages, config);
                Generator generator = Generator.borrow(model, tokenizer)) {
            return Optional.of(new EpochSamples(epoch, Translation.ofQuestions(prompts, generator, MOST_TOKENS)));
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.NOT_FINITE && e.kind() != EngineException.Kind.OUT_OF_MEMORY) {
                throw e;
            }
            LOG.warn("there are no samples after epoch {}: {}", epoch, e.getMessage());
            return Optional.empty();
        }
    }
}
