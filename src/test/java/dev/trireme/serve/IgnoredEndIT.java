package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.generate.Engine;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Request;
import dev.trireme.generate.TextModel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A model whose first greedy token is its end token. */
@Timeout(120)
class IgnoredEndIT {
    private static final int[] PROMPT = {5, 6, 7};

    @Test
    void ignoreEosNeverChoosesTheEndToken() throws Exception {
        int end;
        try (Engine endless = TinyServer.engine(16)) {
            end = endless.answer(Request.of(PROMPT, GenerateOptions.upTo(1)))
                    .choices()
                    .get(0)
                    .ids()[0];
        }
        SpecialTokens ends = new SpecialTokens(SpecialTokens.ABSENT, end, SpecialTokens.ABSENT);
        try (Engine engine = TinyServer.engine(16, Map.of(), ends);
                Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/golden/bpe-tiny/tokenizer.json"));
                ModelServer server = ModelServer.start(
                        new TextModel("tiny", engine, tokenizer, Optional.empty()),
                        ServerConfig.DEFAULTS.on("127.0.0.1", 0))) {
            JsonNode usual = complete(server, "");
            assertThat(usual.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
            JsonNode ignored = complete(server, ", 'ignore_eos': true");
            assertThat(ignored.at("/choices/0/finish_reason").asText()).isEqualTo("length");
            assertThat(ignored.at("/usage/completion_tokens").asInt()).isEqualTo(30);
        }
    }

    private static JsonNode complete(ModelServer server, String more) throws Exception {
        return new Calls(server)
                .post("/v1/completions", "{'prompt': [5, 6, 7], 'max_tokens': 30, 'temperature': 0" + more + "}");
    }
}
