package dev.trireme.template;

import dev.trireme.config.NullChecks;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;

/**
 * A parsed chat template. It is immutable, and any number of threads may render it.
 *
 * <p>Any input renders within bounds: about 50 million operations, 33 million characters in a text and a million elements
 * in a list.
 */
public final class Template {
    private static final int LONGEST = 1 << 20;

    private final String name;
    private final Statement.Block body;

    private Template(String name, Statement.Block body) {
        this.name = name;
        this.body = body;
    }

    /**
     * Parses a template.
     *
     * @param name of the template in errors, such as its file
     * @param source up to 1,048,576 characters of Jinja
     * @return the template
     * @throws TemplateException if the source is too long, no template, or has what is not supported
     */
    public static Template of(String name, String source) {
        NullChecks.require("name", name, "source", source);
        if (source.length() > LONGEST) {
            throw new TemplateException(name + ": has " + source.length() + " characters; " + LONGEST + " is the most");
        }
        try {
            return new Template(name, Parser.parse(name, source));
        } catch (StackOverflowError e) { // a number or a string of very many characters
            throw new TemplateException("a part is too long").at(name, 1);
        }
    }

    /**
     * Renders the template.
     *
     * @param variables what it may use, by name
     * @param now the time that it may ask for
     * @return the text
     * @throws TemplateException if the template refuses the variables, uses what is not supported, or meets a bound
     */
    public RenderedText render(Variables variables, ZonedDateTime now) {
        NullChecks.require("variables", variables, "now", now);
        Map<String, Value> names = new HashMap<>(Globals.at(now));
        names.putAll(variables.values());
        TextBuilder out = new TextBuilder();
        Run run = new Run();
        try {
            body.run(Frame.of(run, names, out));
        } catch (TemplateException e) {
            throw e.at(name, run.line());
        } catch (StackOverflowError e) { // values or macros within each other
            throw new TemplateException("values nest too deeply").at(name, run.line());
        }
        return new RenderedText(out.build().parts());
    }
}
