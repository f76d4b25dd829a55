package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.TextModel;
import java.util.Locale;

/** A request that gets an error object instead of an answer, in the form of OpenAI's interface. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String type;
    private final String code;
    private final String parameter; // empty for none

    private ApiException(int status, String type, String code, String parameter, String message) {
        super(message);
        this.status = status;
        this.type = type;
        this.code = code;
        this.parameter = parameter;
    }

    /** A field has a value that it cannot have. */
    static ApiException invalid(String parameter, String message) {
        return new ApiException(400, "invalid_request_error", "invalid_value", parameter, message);
    }

    /** A field asks for what this server does not do. */
    static ApiException unsupported(String parameter, String message) {
        return new ApiException(400, "invalid_request_error", "unsupported_parameter", parameter, message);
    }

    static ApiException unknown(String parameter) {
        return new ApiException(
                400,
                "invalid_request_error",
                "unknown_parameter",
                parameter,
                "Unknown parameter: '" + parameter + "'.");
    }

    static ApiException noModel(String name, TextModel model) {
        return of(
                404,
                "invalid_request_error",
                "model_not_found",
                "The model '" + name + "' does not exist; this server has '" + String.join("', '", model.names())
                        + "'.");
    }

    static ApiException tooLong(String param, String message) {
        return new ApiException(400, "invalid_request_error", "context_length_exceeded", param, message);
    }

    static ApiException of(int status, String type, String code, String message) {
        return new ApiException(status, type, code, "", message);
    }

    /** A request that never became a call. */
    static ApiException ofHttp(int status, String why) {
        String code = switch (status) {
            case 408 -> "request_timeout";
            case 413 -> "request_too_large";
            case 414 -> "uri_too_long";
            case 431 -> "headers_too_large";
            case 503 -> "overloaded";
            case 500 -> "internal_error";
            default -> "invalid_http";
        };
        String message = why.substring(0, 1).toUpperCase(Locale.ROOT) + why.substring(1) + ".";
        return of(status, status < 500 ? "invalid_request_error" : "server_error", code, message);
    }

    int status() {
        return status;
    }

    ObjectNode json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ObjectNode error = root.putObject("error").put("message", getMessage()).put("type", type);
        if (parameter.isEmpty()) {
            error.putNull("param");
        } else {
            error.put("param", parameter);
        }
        error.put("code", code);
        return root;
    }
}
