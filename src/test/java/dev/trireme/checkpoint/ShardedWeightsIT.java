package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model in two files and an index, right and wrong in every way that was thought of. */
@Timeout(30)
class ShardedWeightsIT {
    private static final String ONE = Shards.name(1);
    private static final String TWO = Shards.name(2);
    private static final ModelConfig TINY = ModelConfig.llama(1, 2, 1, 8, 6, 11, 16);
    private static final HuggingFaceConfig CONFIG = new HuggingFaceConfig(TINY, SpecialTokens.NONE);

    @TempDir
    private Path parent;

    private MemoryStore truth;
    private Path folder;
    private Path index;

    @BeforeEach
    void writeTheShards() throws IOException {
        truth = MemoryStore.random(ModelTensors.of(TINY).parameters(), 1);
        folder = Shards.write(parent.resolve("model"), CONFIG, truth);
        index = folder.resolve(Shards.INDEX);
    }

    @Test
    void areLoadedAsOneModel() {
        assertThat(MemoryStore.loaded(folder).contents()).isEqualTo(truth.contents());
    }

    @Test
    void yieldToASingleFileAsInTransformers() throws IOException {
        MemoryStore other = MemoryStore.random(truth.parameters(), 2);
        Path whole = parent.resolve("whole");
        HuggingFaceFolder.save(whole, CONFIG, other, others -> {});
        Files.copy(whole.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        assertThat(MemoryStore.loaded(folder).contents()).isEqualTo(other.contents());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "/x.safetensors",
                "../x.safetensors",
                "a/../x.safetensors",
                "a/x.safetensors",
                "a\\\\x.safetensors",
                "x\\u0000.safetensors",
                "x\\n.safetensors",
                "pytorch_model-00001-of-00002.bin",
                "",
                ".",
                ".."
            })
    void fileNamesThatAreNotPlainAreRefusedBeforeAnythingIsOpened(String name) throws IOException {
        Files.writeString(folder.resolve(ONE), "would be refused if it were opened");
        replaceInIndex(TWO, name);
        assertRefused(folder + ": its index names the file \"", "use one file name without folders");
    }

    @Test
    void aFileNameThatNoFileCanHaveIsRefused() throws IOException {
        replaceInIndex(TWO, "x".repeat(300) + ".safetensors");
        assertRefused("is missing; get all files");
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        Files.delete(folder.resolve(TWO));
        assertRefused(folder.resolve(TWO) + ": is missing; get all files of the model");
    }

    @Test
    void whatIsNotARegularFileIsNotOpened() throws Exception {
        Path two = folder.resolve(TWO);
        Path elsewhere = Files.move(two, parent.resolve("elsewhere.safetensors"));
        Files.createSymbolicLink(two, elsewhere);
        assertRefused(two + ": is a link to " + elsewhere.toRealPath() + ", outside the folder");
        Files.delete(two);
        Files.createSymbolicLink(two, Path.of("/dev/zero"));
        assertRefused(two + ": is not a regular file");
        Files.delete(two);
        Files.createDirectory(two);
        assertRefused(two + ": is not a regular file");
        Files.delete(two);
        assertThat(new ProcessBuilder("mkfifo", two.toString()).start().waitFor())
                .isZero();
        assertRefused(two + ": is not a regular file");
    }

    @Test
    void linksWithinTheFolderAreFollowed() throws IOException {
        Path two = folder.resolve(TWO);
        Files.move(two, folder.resolve("other name"));
        Files.createSymbolicLink(two, Path.of("other name"));
        assertThat(MemoryStore.loaded(folder).contents()).isEqualTo(truth.contents());
    }

    @Test
    void linksIntoTheBlobsOfACacheAreFollowedButNoFurther() throws IOException {
        Path cache = Files.createDirectories(parent.resolve("models--a--b"));
        Path blobs = Files.createDirectory(cache.resolve("blobs"));
        Path snapshot = cache.resolve("snapshots/0123abc");
        Files.createDirectories(snapshot.getParent());
        Files.move(folder, snapshot);
        Path two = snapshot.resolve(TWO);
        Path blob = Files.move(two, blobs.resolve("5e55e5"));
        Files.createSymbolicLink(two, Path.of("../../blobs/5e55e5"));
        assertThat(MemoryStore.loaded(snapshot).contents()).isEqualTo(truth.contents());
        folder = snapshot;
        Path outside = Files.move(blob, parent.resolve("outside"));
        Files.createSymbolicLink(blob, outside);
        assertRefused(two + ": is a link to " + outside.toRealPath());
        Files.delete(blob);
        Files.delete(blobs);
        Files.createSymbolicLink(blobs, Files.createDirectory(parent.resolve("blobs elsewhere")));
        Files.move(outside, blob);
        assertRefused(two + ": is a link to ", "outside the folder");
    }

    @Test
    void tensorsThatAreNotWhereTheIndexSaysAreAllListed() throws IOException {
        String text = Files.readString(index)
                .replace("\"model.norm.weight\" : \"" + ONE, "\"model.norm.weight\" : \"" + TWO)
                .replace("model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.sideways.weight");
        Files.writeString(index, text);
        assertRefused(
                index + ": does not fit its files",
                "model.norm.weight (F32 [8] at byte",
                " of " + ONE + ") is in " + TWO + " by the index",
                "model.norm.weight is not in " + TWO,
                "model.layers.0.mlp.up_proj.weight (F32 [6, 8] at byte",
                " is nowhere by the index",
                "model.layers.0.mlp.sideways.weight is not in ");
    }

    @Test
    void everyTruncationOfAFileIsRefusedWithItsName() throws IOException {
        Path two = folder.resolve(TWO);
        byte[] whole = Files.readAllBytes(two);
        for (int length = 0; length < whole.length; length += 13) {
            Files.write(two, Arrays.copyOf(whole, length));
            assertRefused(two + ": ", "at byte ");
        }
    }

    @Test
    void differencesFromTheConfigNameTheFile() throws IOException {
        HuggingFaceConfig other = new HuggingFaceConfig(ModelConfig.llama(1, 2, 1, 8, 6, 12, 16), SpecialTokens.NONE);
        Files.writeString(folder.resolve("config.json"), other.toJson());
        assertRefused(
                index + ": does not fit config.json",
                "model.embed_tokens.weight (F32 [11, 8] at byte ",
                "-of-00002.safetensors) should be [12, 8]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "\"\"                                       | :1: the index is null instead of START_OBJECT",
                "[]                                         | :1: the index is START_ARRAY instead of START_OBJECT",
                "{}                                         | :1: the index has no weight_map",
                "{'weight_map': null}                       | :1: weight_map is VALUE_NULL instead of START_OBJECT",
                "{'weight_map': ['a']}                      | :1: weight_map is START_ARRAY instead of START_OBJECT",
                "{'weight_map': {'a': 1}}                   | :1: the file of tensor a is VALUE_NUMBER_INT instead",
                "{'weight_map': {'a': null}}                | :1: the file of tensor a is VALUE_NULL instead",
                "{'weight_map': {'a': ['b']}}               | :1: the file of tensor a is START_ARRAY instead",
                "{'weight_map': {'a': 'b', 'a': 'b'}}       | :1: Duplicate",
                "{'weight_map': {}, 'weight_map': {}}       | :1: Duplicate",
                "{'weight_map': {}} {}                      | :1: the index goes on after its last }",
                "{'weight_map': {'a':                       | :1: Unexpected end-of-input",
                "{'weight_map': {'a': 'b\t'}}               | :1: Illegal unquoted character",
                "{'weight_map': {}}                         | embed_tokens.weight [11, 8] is missing",
            })
    void indexesThatAreNotIndexesAreRefused(String text, String message) throws IOException {
        Files.writeString(index, text.replace('\'', '"'));
        assertRefused(index + ":", message);
    }

    @Test
    void deepLongAndCrowdedIndexesAreRefused() throws IOException {
        Files.writeString(index, "{\"weight_map\":" + "[".repeat(100_000));
        assertRefused(index + ":1: weight_map is START_ARRAY");
        Files.writeString(index, "{\"metadata\":" + "[".repeat(100_000));
        assertRefused(index + ":1: ", "nesting depth");
        Files.writeString(index, "{\"weight_map\":{\"" + "n".repeat(1_000_000) + "\":\"" + ONE + "\"}}");
        assertRefused(index + ":1: ", "Name length");
        Files.writeString(index, crowded(100_001, i -> ONE));
        assertRefused(index + ":1: there are more than the 100000 tensors");
        Files.writeString(index, crowded(501, Shards::name));
        assertRefused(index + ": names 501 files; save the model in at most 500");
    }

    private static String crowded(int tensors, IntFunction<String> file) {
        return IntStream.range(0, tensors)
                .mapToObj(i -> "\"" + i + "\":\"" + file.apply(i) + "\"")
                .collect(Collectors.joining(",", "{\"weight_map\":{", "}}"));
    }

    private void replaceInIndex(String shard, String name) throws IOException {
        Files.writeString(index, Files.readString(index).replace(shard, name));
    }

    private void assertRefused(String... message) {
        assertThatThrownBy(() -> HuggingFaceFolder.open(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(message);
    }
}
