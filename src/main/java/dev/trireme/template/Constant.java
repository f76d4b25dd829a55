package dev.trireme.template;

/** {@code none}, {@code true} and {@code false}. */
enum Constant implements Value {
    NONE("None", "NoneType"),
    TRUE("True", "bool"),
    FALSE("False", "bool");

    private final String text;
    private final String typeName;

    Constant(String text, String typeName) {
        this.text = text;
        this.typeName = typeName;
    }

    static Constant of(boolean value) {
        return value ? TRUE : FALSE;
    }

    boolean isBoolean() {
        return this != NONE;
    }

    @Override
    public boolean isTrue() {
        return this == TRUE;
    }

    @Override
    public String typeName() {
        return typeName;
    }

    @Override
    public void write(TextBuilder out) {
        out.append(text);
    }
}
