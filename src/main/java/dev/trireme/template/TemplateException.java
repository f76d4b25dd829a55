package dev.trireme.template;

/** A template cannot be parsed or rendered, or refuses its input. The message names template, line and cause. */
public final class TemplateException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final boolean located;

    TemplateException(String message) {
        super(message);
        this.located = false;
    }

    private TemplateException(String message, TemplateException cause) {
        super(message, cause);
        this.located = true;
    }

    /**
     * What is wrong, for those who do not have the template.
     *
     * @return the message without template and line
     */
    public String reason() {
        return getCause() instanceof TemplateException cause ? cause.reason() : String.valueOf(getMessage());
    }

    /** The same with its place, unless it has one. */
    TemplateException at(String template, int line) {
        return located ? this : new TemplateException(template + ", line " + line + ": " + getMessage(), this);
    }
}
