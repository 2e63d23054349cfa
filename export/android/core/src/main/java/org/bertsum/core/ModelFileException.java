package org.bertsum.core;

import java.io.IOException;

/** A model file that can't be used; the message is a sentence that says why and what to do. */
public final class ModelFileException extends IOException {
    private static final long serialVersionUID = 1L;

    ModelFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
