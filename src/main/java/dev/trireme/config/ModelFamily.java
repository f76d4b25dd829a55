package dev.trireme.config;

/** The kinds of transformer that the native core computes. */
public enum ModelFamily {
    /** Layer norm before attention and MLP, learned positions, {@code gelu_new}, head tied to the token embedding. */
    GPT2,
    /** RMS norm, rotary positions, SwiGLU, grouped-query attention, head of its own or tied. */
    LLAMA
}
