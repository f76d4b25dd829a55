package dev.trireme.engine;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/**
 * Tells JavaCPP how to bind {@code native/include/trireme}; used at build time, and at run time to find the
 * libraries. It does not inherit the presets of PyTorch: no libtorch type crosses the border, so parsing and compiling
 * take seconds, and {@link NativeLibrary} loads libtorch before this. Not final: the generated class extends it.
 */
@Properties(
        value =
                @Platform(
                        compiler = "cpp17",
                        include = {"trireme/model.h", "trireme/core.h", "trireme/choice.h", "trireme/cuda_driver.h"},
                        link = "trireme",
                        library = "jnitrireme"),
        target = "dev.trireme.engine.bindings",
        global = "dev.trireme.engine.bindings.global.core")
public class CorePresets implements InfoMapper {
    @Override
    public void map(InfoMap infoMap) {
        // A String, not a BytePointer that waits for the garbage collector.
        infoMap.put(new Info("std::string")
                .annotations("@StdString")
                .valueTypes("String")
                .pointerTypes("BytePointer"));
        infoMap.put(new Info(
                        "trireme::CacheType",
                        "trireme::MlpKind",
                        "trireme::Mode",
                        "trireme::NormKind",
                        "trireme::ParameterState",
                        "trireme::PositionKind",
                        "trireme::Reduction",
                        "trireme::RopeScaling",
                        "trireme::Summation",
                        "trireme::Weights")
                .enumerate());
        // Names apart from those of the records and wrappers that users see.
        infoMap.put(new Info("trireme::Stage").pointerTypes("NativeStage"));
        infoMap.put(new Info("trireme::ModelConfig::position").javaNames("position_kind")); // Pointer has a position
        infoMap.put(new Info("trireme::TensorNames").pointerTypes("NativeTensorNames"));
        infoMap.put(new Info("trireme::LoraConfig").pointerTypes("NativeLoraConfig"));
        infoMap.put(new Info("trireme::Tuning").pointerTypes("NativeTuning"));
        infoMap.put(new Info("trireme::ModelConfig").pointerTypes("NativeModelConfig"));
        infoMap.put(new Info("trireme::AdamWConfig").pointerTypes("NativeAdamWConfig"));
        infoMap.put(new Info("trireme::CudaDriver").pointerTypes("NativeCudaDriver"));
    }
}
