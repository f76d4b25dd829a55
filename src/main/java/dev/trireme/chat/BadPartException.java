package dev.trireme.chat;

/** A message's content has a part that is no text. */
public final class BadPartException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String place;

    BadPartException(String place, String what) {
        super(place + " has a part " + what + ", and the model reads texts alone; give parts such as"
                + " {\"type\": \"text\", \"text\": …}, or a string");
        this.place = place;
    }

    /**
     * Where it is.
     *
     * @return such as {@code messages[0].content}
     */
    public String place() {
        return place;
    }
}
