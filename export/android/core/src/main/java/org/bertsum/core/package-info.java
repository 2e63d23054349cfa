/**
 * Text to summary on any Java from 11 on, and on Android, by the files that {@code bertsum export}
 * writes. {@link org.bertsum.core.Summarizer} is where to start.
 *
 * <p>No parameter may be null, and nothing that is returned is. That is said here and not in
 * annotations, because every annotation that Kotlin heeds is in a library, and this package needs
 * none. Kotlin sees types such as {@code Summary!}, which take neither {@code !!} nor {@code ?.}.
 */
package org.bertsum.core;
