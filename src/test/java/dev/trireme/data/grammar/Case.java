package dev.trireme.data.grammar;

/** The German cases that the phrasebook uses: rows of every table of endings. */
enum Case {
    NOMINATIVE,
    ACCUSATIVE,
    DATIVE
}
