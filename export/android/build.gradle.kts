// Once for lib/ and sample/. From 9.0 on the plugin brings Kotlin with it.
plugins {
    id("com.android.library") version "9.1.1" apply false
    id("com.android.application") version "9.1.1" apply false
}
