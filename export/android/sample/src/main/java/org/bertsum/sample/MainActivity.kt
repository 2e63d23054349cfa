package org.bertsum.sample

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.widget.Button
import android.widget.EditText
import android.widget.ProgressBar
import android.widget.SeekBar
import android.widget.TextView
import org.bertsum.core.SummaryOptions

/** One screen: an article, pasted or shared, and its summary of as many sentences as one likes. */
class MainActivity : Activity() {
    private lateinit var article: EditText
    private lateinit var summarise: Button
    private lateinit var progress: ProgressBar
    private lateinit var count: TextView
    private lateinit var slider: SeekBar
    private lateinit var summary: TextView

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        setContentView(R.layout.main)
        article = findViewById(R.id.article)
        summarise = findViewById(R.id.summarise)
        progress = findViewById(R.id.progress)
        count = findViewById(R.id.count)
        slider = findViewById(R.id.slider)
        summary = findViewById(R.id.summary)

        summarise.setOnClickListener { Session.analyse(this, article.text.toString()) }
        slider.setOnSeekBarChangeListener(object : SeekBar.OnSeekBarChangeListener {
            // Chooses again; the model doesn't run again.
            override fun onProgressChanged(bar: SeekBar, value: Int, fromUser: Boolean) =
                show(Session.state)

            override fun onStartTrackingTouch(bar: SeekBar) = Unit

            override fun onStopTrackingTouch(bar: SeekBar) = Unit
        })
        if (savedInstanceState == null) receive(intent)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        receive(intent)
    }

    override fun onStart() {
        super.onStart()
        Session.listener = ::show
        show(Session.state)
    }

    override fun onStop() {
        Session.listener = null
        super.onStop()
    }

    private fun receive(intent: Intent) {
        val shared = intent.getCharSequenceExtra(Intent.EXTRA_TEXT) ?: return
        article.setText(shared)
        Session.analyse(this, shared.toString())
    }

    private fun show(state: State) {
        summarise.isEnabled = state != State.Working
        progress.visibility = if (state == State.Working) View.VISIBLE else View.INVISIBLE
        val hasSentences = state is State.Done && state.analysis.sentences.isNotEmpty()
        count.visibility = if (hasSentences) View.VISIBLE else View.INVISIBLE
        slider.visibility = count.visibility
        summary.text = when (state) {
            State.Empty, State.Working -> ""
            is State.Failed -> state.message
            is State.Done -> if (hasSentences) summaryOf(state) else getString(R.string.no_sentences)
        }
    }

    private fun summaryOf(state: State.Done): String {
        val sentences = slider.progress
        count.text = resources.getQuantityString(R.plurals.sentences, sentences, sentences)
        val options = SummaryOptions().withSentences(sentences)
        return state.summarizer.choose(state.analysis, options).text
    }
}
