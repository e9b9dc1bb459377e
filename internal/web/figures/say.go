package figures

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/incident/figure"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// label names a period.
func label(step figure.Step, from time.Time) string {
	switch step {
	case figure.Week:
		y, w := from.ISOWeek()
		return strconv.Itoa(y) + "-W" + twoDigits(w)
	case figure.Month:
		return from.Format("2006-01")
	case figure.Quarter:
		return strconv.Itoa(from.Year()) + "-Q" + strconv.Itoa((int(from.Month())+2)/3)
	case figure.Year:
		return strconv.Itoa(from.Year())
	}
	return from.Format(time.DateOnly)
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// lasted says how long something took, in the two largest units.
func lasted(l figure.Lapse, d time.Duration) string {
	if l.N == 0 {
		return "–"
	}
	minutes := int64(d.Round(time.Minute) / time.Minute)
	switch days, hours := minutes/1440, minutes/60%24; {
	case days > 0:
		return strconv.FormatInt(days, 10) + " d " + strconv.FormatInt(hours, 10) + " h"
	case hours > 0:
		return strconv.FormatInt(hours, 10) + " h " + strconv.FormatInt(minutes%60, 10) + " min"
	}
	return strconv.FormatInt(minutes, 10) + " min"
}

// flow is the chart of what came, was closed and reopened.
func flow(ctx context.Context, f *figure.Figures, title string, of func(*figure.Period) *figure.Part) ui.ChartData {
	d := ui.ChartData{Unit: title}
	series := []ui.Series{{Name: T(ctx, "figures.new"), Tone: ui.Info}, {Name: T(ctx, "figures.reopened"), Tone: ui.Warn}, {Name: T(ctx, "figures.closed"), Tone: ui.Good}, {Name: T(ctx, "figures.open"), Tone: ui.Quiet}}
	for i := range f.Periods {
		p := of(&f.Periods[i])
		d.Labels = append(d.Labels, label(f.Step, f.Periods[i].From))
		for n, v := range []int{p.New, p.Reopened, p.Closed, p.Open} {
			series[n].Values = append(series[n].Values, float64(v))
		}
	}
	d.Series = series
	return d
}

// pace is the chart of the medians, in hours.
func pace(ctx context.Context, f *figure.Figures) ui.ChartData {
	d := ui.ChartData{Title: T(ctx, "figures.pace"), Unit: T(ctx, "figures.hours.unit")}
	series := []ui.Series{{Name: T(ctx, "figures.acknowledge")}, {Name: T(ctx, "figures.triage")}, {Name: T(ctx, "figures.contain")}, {Name: T(ctx, "figures.close")}}
	for i := range f.Periods {
		p := &f.Periods[i]
		d.Labels = append(d.Labels, label(f.Step, p.From))
		for n, l := range []figure.Lapse{p.Reports.Lapses.Acknowledge, p.Reports.Lapses.Triage, p.Incidents.Lapses.Contain, p.Incidents.Lapses.Close} {
			series[n].Values = append(series[n].Values, float64(l.Median/time.Minute*10/60)/10)
		}
	}
	d.Series = series
	return d
}

// hours is the chart of the hours of the week.
func hours(ctx context.Context, f *figure.Figures, title string, of func(figure.Hour) int) ui.ChartData {
	d := ui.ChartData{Title: title, Unit: title}
	for hour := range 24 {
		d.Labels = append(d.Labels, twoDigits(hour))
	}
	for day := range f.Hours {
		s := ui.Series{Name: T(ctx, "figures.day."+strconv.Itoa(day+1))}
		for _, h := range f.Hours[day] {
			s.Values = append(s.Values, float64(of(h)))
		}
		d.Series = append(d.Series, s)
	}
	return d
}

// stageName names a stage with its law, in the reader's language.
func stageName(ctx context.Context, c figure.Clock) string {
	name := c.Name
	if words.Of(ctx) == words.French && c.French != "" {
		name = c.French
	}
	return c.Law + ": " + name
}

// keptShare is how many of a hundred that are due were kept.
func keptShare(c figure.Clock) string {
	if c.Kept+c.Missed == 0 {
		return "–"
	}
	return strconv.Itoa(100*c.Kept/(c.Kept+c.Missed)) + " %"
}

// lapseRow is one measure of the table of times.
type lapseRow struct {
	name  string
	lapse figure.Lapse
}

func lapses(ctx context.Context, f *figure.Figures) []lapseRow {
	r, i := f.Reports.Lapses, f.Incidents.Lapses
	return []lapseRow{
		{T(ctx, "figures.acknowledge"), r.Acknowledge},
		{T(ctx, "figures.triage"), r.Triage},
		{T(ctx, "figures.close.reports"), r.Close},
		{T(ctx, "figures.acknowledge.incidents"), i.Acknowledge},
		{T(ctx, "figures.triage.incidents"), i.Triage},
		{T(ctx, "figures.contain"), i.Contain},
		{T(ctx, "figures.close"), i.Close},
	}
}

func className(ctx context.Context, c rsit.Class) string {
	if c == "" {
		return T(ctx, "figures.class.none")
	}
	return ui.Class(ctx, string(c))
}

// steps are the periods that can be chosen.
func steps(ctx context.Context, chosen string) (out []ui.Option) {
	for _, s := range figure.Steps() {
		out = append(out, ui.Option{Value: string(s), Text: T(ctx, "figures.step."+string(s)), Chosen: chosen == string(s) || chosen == "" && s == figure.Week})
	}
	return out
}

func classes(ctx context.Context, chosen string) []ui.Option {
	out := []ui.Option{{Text: T(ctx, "figures.all")}}
	for _, c := range rsit.Classes() {
		out = append(out, ui.Option{Value: string(c), Text: ui.Class(ctx, string(c)), Chosen: string(c) == chosen})
	}
	return out
}

func anySector(ctx context.Context, chosen string) []ui.Option {
	return append([]ui.Option{{Text: T(ctx, "figures.all")}}, sectors(chosen)...)
}

// exportURL is where the figures of the page are as a file.
func exportURL(v url.Values) string { return path + "/export?" + v.Encode() }

func reportsOf(p *figure.Period) *figure.Part   { return &p.Reports }
func incidentsOf(p *figure.Period) *figure.Part { return &p.Incidents }
func arrived(h figure.Hour) int                 { return h.Arrived }
func worked(h figure.Hour) int                  { return h.Worked }
