package app

import (
	"maps"
	"os"
	"slices"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/intelmq"
	"github.com/firehall/firehall/internal/feed/list"
	"github.com/firehall/firehall/internal/feed/mailreport"
	"github.com/firehall/firehall/internal/feed/mapped"
	"github.com/firehall/firehall/internal/feed/shadowserver"
	"github.com/firehall/firehall/internal/platform/config"
)

// formats are the words that `format` takes in the configuration; a feed that is not configured has the format of its name.
var formats = map[string]func(a *App, f config.Feed, d format.Defaults) (format.Format, error){
	"shadowserver": func(a *App, _ config.Feed, _ format.Defaults) (format.Format, error) {
		t, err := a.shadowserverTable()
		return shadowserver.New(t, a.Clock, a.recordLimit()), err
	},
	"intelmq": func(a *App, _ config.Feed, d format.Defaults) (format.Format, error) {
		return intelmq.New(a.Clock, d, a.recordLimit()), nil
	},
	"list": func(a *App, _ config.Feed, d format.Defaults) (format.Format, error) {
		return list.New(a.Clock, d, a.recordLimit()), nil
	},
	"arf": func(a *App, _ config.Feed, d format.Defaults) (format.Format, error) {
		return mailreport.NewMail(a.Clock, d), nil
	},
	"xarf": func(a *App, _ config.Feed, d format.Defaults) (format.Format, error) {
		return mailreport.NewXARF(a.Clock, d), nil
	},
	"csv-mail": func(a *App, f config.Feed, d format.Defaults) (format.Format, error) {
		f.Format = "csv"
		rows, err := mappedFormat(a, f, d)
		return mailreport.NewTable(rows), err
	},
	"stix":      stixFormat,
	"stix-mail": stixMailFormat,
	"csv":       mappedFormat,
	"json":      mappedFormat,
	"jsonl":     mappedFormat,
}

func mappedFormat(a *App, f config.Feed, d format.Defaults) (format.Format, error) {
	return mapped.New(mapped.Config{
		Kind: f.Format, Comma: f.Separator, Columns: f.Columns, Records: f.Records, Fields: f.Mapping, Times: f.Times, Zone: f.Zone,
		AssumeTime: f.AssumeTime, Limit: a.recordLimit(), Defaults: d,
	}, a.Clock)
}

func (a *App) recordLimit() int { return int(a.Config.Ingest.MaxRecord) }

// format gives the format and terms of a feed.
func (a *App) format(name string) (format.Format, config.Feed, error) {
	f, ok := a.Config.Feeds[name]
	if !ok {
		if f, ok = peerFeedTerms(name); !ok {
			f = config.DefaultFeed()
		}
	}
	if f.Format == "" {
		f.Format = name
	}
	known := slices.Sorted(maps.Keys(formats))
	open, ok := formats[f.Format]
	if !ok {
		hint := ""
		if near, ok := nearest.Word(f.Format, append(slices.Sorted(maps.Keys(a.Config.Feeds)), known...)); ok {
			hint = "; do you mean " + near + "?"
		}
		return nil, f, problem.New(problem.Invalid, "feed %q is not in the configuration and is no format (%v)%s", name, known, hint)
	}
	d, err := defaultsOf(name, f)
	if err != nil {
		return nil, f, err
	}
	fm, err := open(a, f, d)
	return fm, f, err
}

// KnowsFeed is nil if a feed of that name can be taken in, and else says what was probably meant.
func (a *App) KnowsFeed(name string) error {
	_, _, err := a.format(name)
	return err
}

// KnowsReport is nil if a person may say that an input of the feed is such a report. A name that is in no table is refused here, though a
// file may carry it: a mistyped one would make its rows events of the wrong class for good.
func (a *App) KnowsReport(feed, report string) error {
	if f := a.Config.Feeds[feed]; f.Format != "shadowserver" && (f.Format != "" || feed != "shadowserver") {
		return nil
	}
	t, err := a.shadowserverTable()
	if err != nil {
		return err
	}
	var names []string
	for _, r := range t.Reports() {
		if r.Name == report {
			return nil
		}
		names = append(names, r.Name)
	}
	return problem.New(problem.Invalid, "no report is called %q%s; a new one is described in shadowserver.tsv in the data folder", report, nearest.Hint(report, names))
}

// defaultsOf takes classification and role out of the feed's constants.
func defaultsOf(name string, f config.Feed) (format.Defaults, error) {
	d := format.Defaults{Constants: map[string]string{}, Report: name}
	for field, v := range f.Constants {
		switch field {
		case event.FieldType:
			t, ok := format.TypeOf(v)
			if !ok {
				return d, problem.New(problem.Invalid, "feeds.%s.constants in the configuration: %q is no classification.type of RSIT%s", name, v, nearest.Hint(v, typeNames()))
			}
			d.Type = t
		case event.FieldIdentifier:
			d.Identifier = v
		case event.FieldRole:
			// Misspelt, it would hold somebody responsible who is not.
			if err := oneOf(name, field, v, "source", "destination", "none"); err != nil {
				return d, err
			}
			d.Role = v
		case event.FieldStanding:
			if err := oneOf(name, field, v, "responsible", "victim"); err != nil {
				return d, err
			}
			d.Standing = v
		default:
			d.Constants[field] = v
		}
	}
	return d, nil
}

func oneOf(feed, field, got string, words ...string) error {
	if slices.Contains(words, got) {
		return nil
	}
	return problem.New(problem.Invalid, "feeds.%s.constants in the configuration: %s %q is not one of %v%s", feed, field, got, words, nearest.Hint(got, words))
}

func typeNames() (names []string) {
	for _, t := range rsit.Types() {
		names = append(names, string(t))
	}
	return names
}

// shadowserverTable is the built-in table of reports and what shadowserver.tsv in the data folder adds to it.
func (a *App) shadowserverTable() (*shadowserver.Table, error) {
	t := shadowserver.Builtin()
	name := a.dir("shadowserver.tsv")
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return t, nil
	}
	if err != nil {
		return t, problem.Wrap(problem.Unavailable, err, "the table of reports")
	}
	defer func() { _ = f.Close() }()
	return t, t.Merge(name, f)
}
