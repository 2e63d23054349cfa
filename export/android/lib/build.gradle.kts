plugins {
    id("com.android.library") version "8.7.3"
}

android {
    namespace = "org.bertsum.android"
    compileSdk = 35

    defaultConfig {
        minSdk = 26
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
}

dependencies {
    api(project(":core"))
    implementation("com.google.ai.edge.litert:litert:2.1.5")
}
