package dev.trireme.plan;

/** What the plans ask of their numbers. */
final class Requirements {
    private Requirements() {}

    static int positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; use 1 or more");
        }
        return value;
    }

    static void within(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(name + " is " + value + "; use 1 to " + most);
        }
    }

    static double duration(String name, double seconds) {
        if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " is " + seconds + "; use a time of 0 s or more");
        }
        return seconds;
    }
}
