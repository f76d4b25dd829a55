package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Prompts that are echoed with their log-probabilities, as harnesses score texts. */
@Timeout(300)
class ScoredPromptIT {
    private static final String TEXT = "Das Haus am See";

    @AutoClose
    private static TinyServer tiny;

    private static Calls calls;
    private static Tokenizer tokenizer;

    @BeforeAll
    static void start() {
        tiny = TinyServer.start();
        calls = tiny.calls();
        tokenizer = tiny.tokenizer();
    }

    private static JsonNode complete(String body) throws Exception {
        return calls.post("/v1/completions", body);
    }

    /** Of a prompt of one token there is nothing to score. */
    @Test
    void anEchoAloneHasTheLogProbabilitiesOfOneThatGoesOn() throws Exception {
        String body = "{'prompt': ['" + TEXT + "', [7]], 'echo': true, 'logprobs': 1, 'n': 2, 'max_tokens': ";
        JsonNode longer = complete(body + "1}").path("choices");
        JsonNode answer = complete(body + "0}");
        JsonNode alone = answer.path("choices");
        int[] ids = tokenizer.encodePrompt(TEXT);
        assertThat(alone).hasSize(4);
        for (int choice = 0; choice < 4; choice++) {
            int[] prompt = choice < 2 ? ids : new int[] {7};
            assertThat(alone.get(choice).path("text").asText()).isEqualTo(tokenizer.decode(prompt));
            assertThat(alone.get(choice).path("finish_reason").asText()).isEqualTo("length");
            for (String list : List.of("tokens", "token_logprobs", "top_logprobs", "text_offset")) {
                JsonNode scores = alone.get(choice).path("logprobs").path(list);
                JsonNode more = longer.get(choice).path("logprobs").path(list);
                assertThat(scores).hasSize(prompt.length);
                assertThat(more).hasSize(prompt.length + 1);
                for (int token = 0; token < prompt.length; token++) {
                    assertThat(scores.get(token)).as("%s of %s", list, token).isEqualTo(more.get(token));
                }
            }
            assertThat(alone.at("/" + choice + "/logprobs/token_logprobs/0").isNull())
                    .isTrue();
        }
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(ids.length + 1);
        assertThat(answer.at("/usage/completion_tokens").asInt()).isZero();
        assertThat(answer.at("/receipt/log_probabilities").asText()).hasSize(64);
    }

    /** Harnesses compare them to tell whether greedy decoding would have given the text. */
    @Test
    void tokensOfThePromptHaveTheBestOfTheirPlaces() throws Exception {
        int[] ids = tokenizer.encodePrompt(TEXT);
        JsonNode best = complete("{'prompt': '" + TEXT + "', 'echo': true, 'logprobs': 3, 'max_tokens': 0}")
                .at("/choices/0/logprobs/top_logprobs");
        assertThat(best.get(0).isNull()).isTrue();
        for (int i = 1; i < ids.length; i++) {
            String before = Arrays.toString(Arrays.copyOf(ids, i));
            JsonNode next = complete("{'prompt': " + before + ", 'logprobs': 3, 'max_tokens': 1}");
            assertThat(best.get(i)).isNotEmpty().isEqualTo(next.at("/choices/0/logprobs/top_logprobs/0"));
        }
    }

    @Test
    void anEchoAloneMayTakeAllPositions() throws Exception {
        int[] longest = new int[TinyServer.SHAPE.positions()];
        Arrays.fill(longest, 7);
        String body = "'echo': true, 'max_tokens': 0, 'prompt': ";
        JsonNode answer = complete("{" + body + Arrays.toString(longest) + "}");
        assertThat(answer.at("/choices/0/text").asText()).isEqualTo(tokenizer.decode(longest));
        assertThat(answer.at("/choices/0/logprobs").isNull()).isTrue();
        JsonNode scored = complete("{'logprobs': 1, " + body + Arrays.toString(longest) + "}");
        assertThat(scored.at("/choices/0/logprobs/token_logprobs")).hasSize(longest.length);
        JsonNode refused = Calls.read(calls.send("/v1/completions", "{" + body + "'" + "Haus ".repeat(2500) + "'}")
                .body());
        assertThat(refused.at("/error/code").asText()).isEqualTo("context_length_exceeded");
    }
}
