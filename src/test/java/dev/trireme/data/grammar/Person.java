package dev.trireme.data.grammar;

/** What a finite verb agrees with; {@code HE} stands for she and it as well. */
enum Person {
    I,
    YOU,
    HE,
    WE,
    YOU_ALL,
    THEY;

    boolean speaks() {
        return this == I || this == WE;
    }

    boolean listens() {
        return this == YOU || this == YOU_ALL;
    }

    boolean isSeveral() {
        return this == WE || this == YOU_ALL || this == THEY;
    }
}
