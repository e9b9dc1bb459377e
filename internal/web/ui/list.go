package ui

import (
	"context"
	"maps"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/web/words"
)

// with is the URL with a value of its query set; an empty value takes it away.
func with(to, name, value string) string {
	u, err := url.Parse(to)
	if err != nil {
		return "#"
	}
	q := u.Query()
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// here is the page's own URL, as a path.
func here(ctx context.Context) string { return Of(ctx).URL.RequestURI() }

func pageURL(ctx context.Context, after page.Cursor) string {
	return with(here(ctx), "after", string(after))
}

// sortURL sorts by a column; the other way round if it is sorted by that already. A list that is sorted anew starts at its first page.
func sortURL(ctx context.Context, c Column, sort string) string {
	key := c.Sort
	if sort == key {
		key = "-" + key
	}
	return with(with(here(ctx), "after", ""), "sort", key)
}

func sorted(c Column, sort string) string {
	switch sort {
	case c.Sort:
		return "ascending"
	case "-" + c.Sort:
		return "descending"
	}
	return "none"
}

func sortIcon(c Column, sort string) string {
	switch sort {
	case c.Sort:
		return "arrow-up"
	case "-" + c.Sort:
		return "arrow-down"
	}
	return ""
}

func columnClass(c Column) string {
	class := ""
	if c.Number {
		class += " n"
	}
	if c.Main {
		class += " main"
	}
	if c.Wide {
		class += " wide"
	}
	return class
}

// column is the column of a row's i-th cell; a cell too many has none.
func column(p TableProps, i int) Column {
	if i < len(p.Columns) {
		return p.Columns[i]
	}
	return Column{}
}

func cellClass(p TableProps, i int) string   { return columnClass(column(p, i)) }
func columnTitle(p TableProps, i int) string { return column(p, i).Title }
func isMain(p TableProps, i int) bool        { return column(p, i).Main }

func rowClass(r Row) string {
	if r.Tone == "" {
		return ""
	}
	return "marked tone-" + string(r.Tone)
}

// countText says how many there are: "1,204 findings", "more than 10,000 findings".
func countText(ctx context.Context, p TableProps) string {
	noun := p.Noun
	if noun == "" {
		noun = "ui.rows"
	}
	text := words.T(ctx, noun, "n", p.Count.N)
	if p.Count.Least {
		return words.T(ctx, "ui.atleast", "what", text)
	}
	return text
}

func allText(ctx context.Context, p TableProps) string {
	if p.Count.None {
		return words.T(ctx, "ui.pick.match")
	}
	return words.T(ctx, "ui.pick.matchcount", "what", countText(ctx, p))
}

// hidden are names and values in order.
func hidden(v url.Values) (out [][2]string) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			out = append(out, [2]string{name, value})
		}
	}
	return out
}

// faultParts splits a filter where it is wrong.
func faultParts(p FilterProps) (before, after string, ok bool) {
	text := []rune(p.Value)
	if p.FaultAt < 0 || p.FaultAt >= len(text) {
		return "", "", false
	}
	return string(text[:p.FaultAt]), string(text[p.FaultAt:]), true
}

// clearURL is the list without the filter.
func clearURL(p FilterProps) string {
	if len(p.Keep) == 0 {
		return p.Action
	}
	return p.Action + "?" + p.Keep.Encode()
}

// actionKey says which key makes an action.
func actionKey(a Action) templ.Attributes {
	if a.Key == "" {
		return nil
	}
	return templ.Attributes{"data-key": a.Key, "aria-keyshortcuts": a.Key}
}
