package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** What {@link NativeCacheIT} cannot see, since the natives of a build lie in a folder. */
class NativeCacheTest {
    @Test
    void eachLandmarkIsALibraryOfThisBuild() {
        assertThat(NativeCache.LANDMARKS)
                .filteredOn(name -> !name.contains("-gpu") && !name.contains("/cuda/"))
                .hasSize(4)
                .allSatisfy(name -> assertThat(
                                getClass().getClassLoader().getResource(name.formatted(Loader.getPlatform())))
                        .as(name)
                        .isNotNull());
    }
}
