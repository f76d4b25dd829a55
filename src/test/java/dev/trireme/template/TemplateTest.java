package dev.trireme.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/templates");
    static final ZonedDateTime NOW = ZonedDateTime.of(2026, 11, 9, 4, 5, 6, 0, ZoneOffset.UTC);

    @Test
    void piecesRenderToTheTextOfJinja2OrAreRefusedWhereItFails() throws IOException {
        JsonNode given = json("variables.json");
        List<String> wrong = new ArrayList<>();
        for (JsonNode snippet : json("snippets.json")) {
            String source = snippet.path("source").textValue();
            String expected = snippet.path("text").textValue();
            String actual;
            try {
                actual = render(source, variables(given));
            } catch (TemplateException e) {
                actual = expected == null ? null : "refused: " + e.getMessage();
            }
            if (expected == null ? actual != null : !expected.equals(actual)) {
                wrong.add(source + "\n  jinja2: " + expected + "\n  ours:   " + actual);
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void charactersKeepTheirOriginThroughEveryOperation() throws IOException {
        Variables variables = new Variables()
                .withEach(
                        "messages", Json.READER.readTree("[{\"content\": \" Hi, you \"}, {\"content\": \"<b>\"}]"), 1);
        Template template = Template.of(
                "t",
                "<b>{{ messages[0].content|trim|upper }}{{ (messages[1].content + '!').replace('!', '?') }}"
                        + "{{ messages|tojson }}{{ messages[0].content.split(',')[::-1] }}");
        List<RenderedText.Part> parts = template.render(variables, NOW).parts();
        assertThat(parts.subList(0, 4))
                .containsExactly(
                        new RenderedText.Part("<b>", 0),
                        new RenderedText.Part("HI, YOU", 1),
                        new RenderedText.Part("<b>", 2),
                        new RenderedText.Part("?[{\"", 0));
        assertThat(parts.stream().filter(part -> part.origin() == 0).map(RenderedText.Part::text))
                .noneMatch(text -> text.contains("you") || text.contains("content"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(1000000) %}{% for j in range(1000000) %}{% endfor %}{% endfor %}",
                "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
                "{{ 'a' * 1000000000000 }}",
                "{{ [1] * 1000000000000 }}",
                "{{ range(100000000000)|list }}",
                "{{ ('a' * 100000).replace('a', 'b' * 100000) }}",
                "{{ ('a' * 100000)|join('b' * 100000) }}",
                "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
                "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(0) }}",
                "{% set ns = namespace(a=[]) %}{% for i in range(100000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
                "{% set ns = namespace(a=1) %}{% set ns.a = ns %}{{ ns.a.a.a }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ 2 ** 100000000000 }}",
                "{% set ns = namespace(s='a' * 1000000) %}{% for i in range(1000000) %}{% if 'b' in ns.s %}{% endif %}{% endfor %}",
                "{{ (''.__class__.__mro__) }}",
                "{{ messages.__init__ }}",
                "{% include '/etc/passwd' %}",
                "{% import 'os' as os %}",
                "{{ '%s' % 'a' }}",
            })
    void hostileTemplatesEndInAClearError(String source) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> assertThatThrownBy(() -> render(source, new Variables()))
                        .isInstanceOf(TemplateException.class)
                        .hasMessageStartingWith("t, line 1: "));
    }

    @Test
    void sourcesThatNestOrRunOnAreRefused() {
        for (String source : List.of(
                "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
                "{{ " + "not ".repeat(100_000) + "1 }}",
                "{{ " + "-".repeat(100_000) + "1 }}",
                "{{ " + "[".repeat(100_000),
                "{% if 1 %}".repeat(100_000) + "{% endif %}".repeat(100_000),
                "{% if 1 %}" + "{% elif 1 %}".repeat(50_000) + "{% endif %}",
                "{{ " + "1".repeat(1_000_000) + " }}",
                "{{ 1" + "_1".repeat(500_000) + ".5 }}",
                "x".repeat(2_000_000))) {
            assertThatThrownBy(() -> render(source, new Variables())).isInstanceOf(TemplateException.class);
        }
    }

    /** On one line, where each tag asks whether it begins it: 0.1 s, by the square 16 s. */
    @Test
    void parsingTakesLinearTime() {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            assertThat(render(" {#a#}".repeat(150_000), new Variables())).hasSize(149_999);
            assertThat(render("{{ 1 }}".repeat(140_000), new Variables())).hasSize(140_000);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'a\n{{ b.c }}' | t, line 2: 'b' is undefined",
                "'{{ x|indent(2) }}\n\n{% foo %}' | t, line 3: the tag foo is not supported here",
                "'{{ 1 | foo }}' | t, line 1: the filter foo is not supported",
                "'{{ [].append(1) }}' | t, line 1: .append() would change a list, and templates cannot",
                "'{{ raise_exception(\"no system\") }}' | t, line 1: the template refuses this: no system",
                "'{% for x in y recursive %}{% endfor %}' | t, line 1: recursive loops are not supported",
            })
    void errorsNameTemplateLineAndCause(String source, String message) {
        assertThatThrownBy(() -> render(source, new Variables()))
                .hasMessage(message)
                .extracting(e -> ((TemplateException) e).reason())
                .isEqualTo(message.replaceFirst("t, line [0-9]: ", ""));
    }

    private static String render(String source, Variables variables) {
        return Template.of("t", source).render(variables, NOW).toString();
    }

    private static Variables variables(JsonNode given) {
        Variables variables = new Variables();
        for (Map.Entry<String, JsonNode> each : given.properties()) {
            variables.with(each.getKey(), each.getValue(), 7);
        }
        return variables;
    }

    private static JsonNode json(String name) throws IOException {
        return Json.READER.readTree(Files.readString(GOLDEN.resolve(name)));
    }
}
