package countermeasures

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/web/shell"
)

// mostExported bounds what is exported: it is put together before it is written.
const mostExported = 50_000

// export answers with all that a filter means, as CSV or JSON.
func (p *page) export(w http.ResponseWriter, r *shell.Request) error {
	f := asked(r.URL.Query())
	f.Request = core.Request{Limit: core.MaxLimit}
	list := []countermeasure.Countermeasure{}
	for len(list) < mostExported {
		found, err := p.o.Countermeasures.Countermeasures(r.Context(), r.Actor, f)
		if err != nil {
			return err
		}
		list = append(list, found.Items...)
		if f.After = found.Next; f.After == "" {
			break
		}
	}
	format := either(r.URL.Query().Get("format"), "csv")
	if format != "csv" && format != "json" {
		return problem.New(problem.Invalid, "countermeasures are exported as csv or json")
	}
	w.Header().Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[format])
	w.Header().Set("Content-Disposition", `attachment; filename="countermeasures.`+format+`"`)
	if format == "json" {
		_ = json.NewEncoder(w).Encode(list) // the reader may have left
		return nil
	}
	out := csv.NewWriter(w)
	_ = out.Write(columns)
	for i := range list {
		_ = out.Write(line(&list[i]))
	}
	out.Flush()
	return nil
}

var columns = []string{"ref", "incident", "kind", "state", "asset_kind", "asset", "abuse", "party", "role", "opened", "asked", "due", "gone", "seconds_to_gone"}

func line(c *countermeasure.Countermeasure) []string {
	who, role := "", ""
	if c.Party != nil {
		who, role = c.Party.Name, string(c.Party.Role)
	}
	seconds := ""
	if c.Took > 0 {
		seconds = strconv.FormatInt(int64(c.Took/time.Second), 10)
	}
	out := []string{
		c.Ref, c.IncidentRef, string(c.Kind), string(c.State), string(c.Asset.Kind), c.Asset.Value, string(c.Abuse), who, role, instant(c.Opened), instant(c.Asked),
		instant(c.Due), instant(c.Gone), seconds,
	}
	for i := range out {
		out[i] = harmless(out[i])
	}
	return out
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// harmless puts an apostrophe before what a spreadsheet would take for a formula.
func harmless(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
