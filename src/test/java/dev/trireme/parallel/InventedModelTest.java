package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.engine.CacheType;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Device;
import dev.trireme.engine.KeyValueCache;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.engine.TokenRows;
import dev.trireme.model.AttentionConfig;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.FileFormat;
import dev.trireme.model.MlpConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.RotaryConfig;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedules;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A family that nobody has published is a value: RMS norm, learned positions, GELU, and a bias on keys only. That its numbers
 * are right, {@code native/test/stage_test.cpp} shows by autograd.
 */
@Timeout(120)
class InventedModelTest {
    private static final int STEPS = 80;
    private static final int[] SONG = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
    private static final ModelConfig INVENTED = invent(ModelConfig.llama(4, 4, 2, 32, 96, 11, 16));

    private static ModelConfig invent(ModelConfig llama) {
        FileFormat format = llama.format();
        return llama.withArchitecture(llama.architecture()
                        .withRotary(RotaryConfig.NONE)
                        .withAttention(AttentionConfig.plain(llama.heads(), new Biases(false, true, false, false)))
                        .withMlp(new MlpConfig(MlpConfig.Kind.GELU, 96, false, false)))
                .withFormat(new FileFormat("invention", format.prefix(), "", true, format.names()));
    }

    @BeforeAll
    static void useOneThread() {
        NativeLibrary.setThreads(1);
    }

    @Test
    void itHasTheTensorsThatItsValuesSay() {
        List<String> names = Stage.parametersOf(INVENTED).stream()
                .map(ParameterInfo::toString)
                .filter(name -> name.startsWith("layers.2.") || !name.startsWith("layers."))
                .toList();
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "embed_tokens.weight [11, 32]",
                        "embed_positions.weight [16, 32]",
                        "layers.2.input_layernorm.weight [32]",
                        "layers.2.self_attn.q_proj.weight [32, 32]",
                        "layers.2.self_attn.k_proj.weight [32, 16]",
                        "layers.2.self_attn.k_proj.bias [16]",
                        "layers.2.self_attn.v_proj.weight [32, 16]",
                        "layers.2.self_attn.o_proj.weight [32, 32]",
                        "layers.2.post_attention_layernorm.weight [32]",
                        "layers.2.mlp.up_proj.weight [32, 96]",
                        "layers.2.mlp.down_proj.weight [96, 32]",
                        "norm.weight [32]");
    }

    @Test
    void itLearnsASongAndSingsItWhereverItIsCut() {
        List<Double> whole = losses("4", 1);
        assertThat(whole.get(STEPS - 1)).isLessThan(0.1 * whole.get(0));
        assertThat(losses("2.5,1.5", 2)).isEqualTo(whole);
        assertThat(losses("1,1,1,1", 4)).isEqualTo(whole);
    }

    /** Of each step; after the last, the model on one stage continues the song from its first note. */
    private static List<Double> losses(String split, int stages) {
        DeviceMap map = DeviceMap.ofSplit(4, split);
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(2, stages));
        try (Pipeline pipeline = Pipeline.open(INVENTED, map, config, Collections.nCopies(stages, Device.CPU))) {
            pipeline.stages().forEach(stage -> stage.initialize(7));
            MicroBatch song = song();
            List<Double> losses = IntStream.rangeClosed(1, STEPS)
                    .mapToObj(step -> {
                        double loss = pipeline.train(step, 1, List.of(song, song), 2 * song.weightSum());
                        pipeline.update(OptimizerConfig.adamW(), 1e-2);
                        return loss;
                    })
                    .toList();
            if (stages == 1) {
                assertThat(sung(pipeline.stages())).containsExactly(SONG);
            }
            return losses;
        }
    }

    private static MicroBatch song() {
        float[] weights = new float[SONG.length];
        Arrays.fill(weights, 1);
        return new MicroBatch(SONG, weights, 1, SONG.length, 0);
    }

    /** Greedily from the first note. */
    private static int[] sung(List<Stage> stages) {
        int[] notes = SONG.clone();
        try (KeyValueCache cache =
                KeyValueCache.open(stages, 1, CacheType.FLOAT32).get(0)) {
            for (int i = 1; i < notes.length; i++) {
                cache.extend(0, TokenRows.of(i - 1, new int[] {0}, notes[i - 1]));
                notes[i] = cache.choose(0, new int[] {0}, List.of(ChoiceRule.GREEDY))
                        .id(0);
            }
        }
        return notes;
    }
}
