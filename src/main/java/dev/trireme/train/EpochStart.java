package dev.trireme.train;

/**
 * An epoch begins.
 *
 * @param epoch its number, from 1
 * @param epochs how many there will be
 * @param steps of this epoch that are to be done
 */
public record EpochStart(int epoch, int epochs, long steps) implements RunEvent {}
