package org.bertsum.sample

import android.content.Context
import android.os.Handler
import android.os.Looper
import java.util.concurrent.Executors
import org.bertsum.android.LiteRtSummarizer
import org.bertsum.core.Analysis

/** What the screen shows. */
sealed interface State {
    object Empty : State

    object Working : State

    class Failed(val message: String) : State

    class Done(val summarizer: LiteRtSummarizer, val analysis: Analysis) : State
}

/**
 * The work, which outlives the activity: turning the device neither stops nor repeats it.
 *
 * Everything here is for the main thread, but for what [background] runs.
 */
object Session {
    private const val MODEL = "model.tflite"

    private val background = Executors.newSingleThreadExecutor()
    private val mainThread = Handler(Looper.getMainLooper())

    // Only for the background thread; open as long as the process lives.
    private var opened: LiteRtSummarizer? = null

    // Only the last request's result is shown: a second text may be shared before the first is done.
    private var requests = 0

    /** Told every new state; the activity that is on the screen. */
    var listener: ((State) -> Unit)? = null

    var state: State = State.Empty
        private set(value) {
            field = value
            listener?.invoke(value)
        }

    fun analyse(context: Context, text: String) {
        val application = context.applicationContext
        val request = ++requests
        state = State.Working
        background.execute {
            val result = try {
                val summarizer = opened ?: LiteRtSummarizer.fromAsset(application, MODEL)
                opened = summarizer
                State.Done(summarizer, summarizer.analyse(text))
            } catch (error: Exception) {
                State.Failed(error.message ?: error.toString())
            }
            mainThread.post { if (request == requests) state = result }
        }
    }
}
