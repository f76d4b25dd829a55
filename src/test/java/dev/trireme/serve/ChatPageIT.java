package dev.trireme.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.report.Browser;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page at {@code /} in a real browser, light and dark. */
@Timeout(120)
class ChatPageIT {
    private static TinyServer tiny;
    private static Browser browser;

    @BeforeAll
    static void open() throws Exception {
        browser = Browser.open();
        tiny = TinyServer.start();
    }

    @AfterAll
    static void close() {
        Optional.ofNullable(tiny).ifPresent(TinyServer::close);
        Optional.ofNullable(browser).ifPresent(Browser::close);
    }

    private static void say(String text, int tokens) {
        browser.run("document.getElementById('key').value = '" + TinyServer.KEY + "'");
        browser.run("document.getElementById('max_tokens').value = " + tokens);
        browser.run("document.getElementById('text').value = '" + text + "'");
        browser.run("document.getElementById('form').requestSubmit()");
    }

    private static String text(String expression) {
        return browser.text(expression);
    }

    private static void await(String condition) throws InterruptedException {
        while (!text(condition).equals("true")) {
            Thread.sleep(50);
        }
    }

    @Test
    void itStreamsAnswersStopsAndRemembers() throws Exception {
        for (String scheme : new String[] {"light", "dark"}) {
            browser.show(tiny.server().address() + "/", scheme);
            say("Hallo", 20);
            await("document.querySelectorAll('.assistant').length === 1 && running === null");
            assertThat(text("document.querySelector('.assistant').textContent")).isNotEmpty();
            assertThat(text("document.getElementById('status').textContent"))
                    .startsWith("20 tokens, ")
                    .contains("tokens/s");
            say("Und weiter?", 1900);
            await("document.querySelectorAll('.assistant')[1]?.textContent.length > 5");
            browser.run("document.getElementById('stop').click()");
            await("running === null");
            assertThat(text("history.map(m => m.role).join(' ')")).isEqualTo("user assistant user assistant");
            while (tiny.engine().metrics().requests() > 0) {
                Thread.sleep(20);
            }
            say("Zu viel", 5000);
            await("document.querySelectorAll('.error').length === 1");
            assertThat(text("document.querySelector('.error').textContent")).contains("maximum context length");
            String background = text("getComputedStyle(document.body).backgroundColor");
            assertThat(background).isEqualTo(scheme.equals("light") ? "rgb(255, 255, 255)" : "rgb(22, 24, 28)");
        }
        assertThat(browser.errors().stream().filter(error -> !error.contains("401") && !error.contains("400")))
                .isEmpty();
        browser.save(Path.of("target/chat-page.png"));
    }
}
