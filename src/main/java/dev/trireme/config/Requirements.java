package dev.trireme.config;

/** What the records here ask of their components. */
final class Requirements {
    private Requirements() {}

    static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + least + " to " + most);
        }
    }
}
