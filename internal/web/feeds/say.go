package feeds

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

var healthWords = map[feed.Health]struct {
	key  string
	tone ui.Tone
}{
	feed.Well: {"feeds.health.ok", ui.Good}, feed.Late: {"feeds.health.late", ui.Warn}, feed.Empty: {"feeds.health.empty", ui.Warn},
	feed.Changed: {"feeds.health.changed", ui.Warn}, feed.Failing: {"feeds.health.failing", ui.Bad},
}

func healthText(ctx context.Context, h feed.Health) string {
	if w, ok := healthWords[h]; ok {
		return T(ctx, w.key)
	}
	return string(h)
}

func healthTone(h feed.Health) ui.Tone { return healthWords[h].tone }

var outcomeWords = map[feed.RunOutcome]struct {
	key  string
	tone ui.Tone
}{
	feed.RunNew: {"feeds.run.new", ui.Good}, feed.RunKnown: {"feeds.run.known", ui.Quiet}, feed.RunUnchanged: {"feeds.run.unchanged", ui.Quiet},
	feed.RunFailed: {"feeds.run.failed", ui.Bad},
}

func outcomeText(ctx context.Context, o feed.RunOutcome) string {
	if w, ok := outcomeWords[o]; ok {
		return T(ctx, w.key)
	}
	return string(o)
}

func outcomeTone(o feed.RunOutcome) ui.Tone { return outcomeWords[o].tone }

var stateWords = map[feed.State]struct {
	key  string
	tone ui.Tone
}{
	feed.Accepted: {"feeds.intake.accepted", ui.Info}, feed.Done: {"feeds.intake.done", ui.Good}, feed.Undecided: {"feeds.intake.undecided", ui.Warn},
}

func stateText(ctx context.Context, s feed.State) string {
	if w, ok := stateWords[s]; ok {
		return T(ctx, w.key)
	}
	return string(s)
}

func stateTone(s feed.State) ui.Tone { return stateWords[s].tone }

func pathPart(s string) string { return url.PathEscape(s) }

func oneURL(name string) string { return path + "/" + pathPart(name) }

func intakeURL(id string) string { return intakePath + "/" + pathPart(id) }

// labelOf reads a label as the configuration writes it; what cannot be read is as strict as can be.
func labelOf(text string) tlp.Label {
	l, err := tlp.Parse(text)
	if err != nil {
		return tlp.Red
	}
	return l
}

// span says how long something took or takes.
func span(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}

// size says how many bytes something has.
func size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// rate says rows a second.
func rate(ctx context.Context, perSecond float64) string {
	if perSecond <= 0 {
		return "–"
	}
	return T(ctx, "feeds.rate", "rate", words.Number(words.Of(ctx), int64(perSecond+.5)))
}

func floats(list []int64) []float64 {
	out := make([]float64, len(list))
	for i, n := range list {
		out[i] = float64(n)
	}
	return out
}

func sum(list []int64) (n int64) {
	for _, x := range list {
		n += x
	}
	return n
}

// plain shows a row as it came: what is no text, or would not be seen, in the notation of Go.
func plain(raw []byte) string {
	var b strings.Builder
	for _, line := range strings.SplitAfter(string(raw), "\n") {
		for len(line) > 0 {
			r, n := utf8.DecodeRuneInString(line)
			switch {
			case r == utf8.RuneError && n == 1:
				fmt.Fprintf(&b, `\x%02x`, line[0])
			case r == '\n' || r == '\t' || strconv.IsGraphic(r):
				b.WriteRune(r)
			default:
				b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			}
			line = line[n:]
		}
	}
	return b.String()
}

// activity is what came in the last days, as a chart.
func activity(ctx context.Context, l Line) ui.ChartData {
	out := ui.ChartData{Title: T(ctx, "feeds.chart"), Unit: T(ctx, "feeds.rows")}
	today := ui.Of(ctx).Now.UTC().Truncate(24 * time.Hour)
	for i := range l.Days.Rows {
		out.Labels = append(out.Labels, today.AddDate(0, 0, i+1-len(l.Days.Rows)).Format(time.DateOnly))
	}
	out.Series = []ui.Series{
		{Name: T(ctx, "feeds.events"), Values: floats(l.Days.Events), Tone: ui.Info},
		{Name: T(ctx, "feeds.aside"), Values: floats(l.Days.Aside), Tone: ui.Warn},
	}
	return out
}

// papOf reads what may be done; what is none is as strict as can be.
func papOf(text string) tlp.PAP {
	if text == "" {
		return tlp.PAPClear
	}
	p, _ := tlp.ParsePAP(text) // with an error it gives the strictest
	return p
}

// policyOf writes a feed's policy as its statements.
func policyOf(said map[string]string) string {
	p, err := iep.Parse(said)
	if err != nil {
		return err.Error()
	}
	return strings.Join(p.List(), ", ")
}
