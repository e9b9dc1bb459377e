package triage

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Limits of likeness.
const (
	common      = 200 // what stands in more reports than this says nothing
	leastScore  = 20
	leastSame   = 35 // for naming an incident: what resembles a restricted one leaves the queue, and that needs more than a common host
	mostSimilar = 10
	mostWhy     = 3
)

// likeness gathers why another report is like this one.
type likeness struct {
	score  float64
	bands  int
	shared []shared
}

type shared struct {
	trait
	weight float64
	others int // how many other reports have it
}

// similar finds the reports that this one resembles, restricted ones too.
func (t *Triage) similar(ctx context.Context, r Report, traits []trait, marks []int64) (out []Similar, err error) {
	like := map[string]*likeness{}
	err = t.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		clear(like)
		for _, tr := range traits {
			if err := shareTrait(tx, r.ID, tr, like); err != nil {
				return err
			}
		}
		return shareBands(tx, r.ID, marks, like)
	})
	if err != nil {
		return nil, err
	}
	for id, l := range like {
		if s := l.similar(id); s.Score >= leastScore {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Similar) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Report, a.Report))
	})
	return t.belong(ctx, out[:min(len(out), mostSimilar)])
}

// belong names the incidents of similar reports; one that belongs to several stands there for each.
func (t *Triage) belong(ctx context.Context, list []Similar) (out []Similar, err error) {
	if t.o.Incidents == nil || len(list) == 0 {
		return list, nil
	}
	var ids []string
	for _, s := range list {
		ids = append(ids, s.Report)
	}
	incidents, err := t.o.Incidents(ctx, identity.System("triage"), ids)
	for _, s := range list {
		if len(incidents[s.Report]) == 0 || s.Score < leastSame {
			out = append(out, s)
			continue
		}
		for _, incident := range incidents[s.Report] {
			s.Incident = incident
			out = append(out, s)
		}
	}
	return out, err
}

func shareTrait(tx *sqldb.Tx, self string, tr trait, like map[string]*likeness) error {
	ids, err := holders(tx, `SELECT report FROM triage_trait WHERE mark = $1 AND report <> $2 LIMIT $3`, tr.mark, self)
	if err != nil || len(ids) > common {
		return err
	}
	for _, id := range ids {
		l := of(like, id)
		w := weight(tr.kind, len(ids))
		l.score += w
		l.shared = append(l.shared, shared{tr, w, len(ids)})
	}
	return nil
}

// shareBands looks for the same bands of text. Of a text that very many sent, the newest are enough.
func shareBands(tx *sqldb.Tx, self string, marks []int64, like map[string]*likeness) error {
	for _, mark := range marks {
		ids, err := holders(tx, `SELECT report FROM triage_band WHERE mark = $1 AND report <> $2 ORDER BY report DESC LIMIT $3`, mark, self)
		if err != nil {
			return err
		}
		for _, id := range ids[:min(len(ids), common)] {
			of(like, id).bands++
		}
	}
	return nil
}

func holders(tx *sqldb.Tx, query string, mark int64, self string) (ids []string, err error) {
	err = tx.Each(query, []any{mark, self, common + 1}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

func of(like map[string]*likeness, id string) *likeness {
	l, ok := like[id]
	if !ok {
		l = &likeness{}
		like[id] = l
	}
	return l
}

// weight says how much a shared indicator tells: the fewer others have it, the more. A CVE or an AS number is shared by much that has nothing
// to do with each other.
func weight(kind indicator.Kind, others int) float64 {
	w := 48 / (1 + math.Log2(float64(others)))
	switch kind {
	case indicator.CVE, indicator.ASN:
		return w / 4
	case indicator.CIDR:
		return w / 2
	case indicator.URL, indicator.Email, indicator.MD5, indicator.SHA1, indicator.SHA256, indicator.SHA512:
		return w * 1.25
	}
	return w
}

// similar says it with a score: shared text and shared indicators add up.
func (l *likeness) similar(id string) Similar {
	s := Similar{Report: id}
	score := l.score
	if l.bands > 0 {
		same := math.Pow(float64(l.bands)/bands, 1.0/bandRows) // of the shingles: what makes so many bands likely
		score += 100 * same * same
		s.Why = append(s.Why, Reason{"similar", "similar.text", []string{strconv.Itoa(int(100 * same))}})
	}
	slices.SortStableFunc(l.shared, func(a, b shared) int { return cmp.Compare(b.weight, a.weight) })
	for _, sh := range l.shared[:min(len(l.shared), mostWhy)] {
		s.Why = append(s.Why, Reason{"similar", "similar.indicator", []string{string(sh.kind), sh.value, strconv.Itoa(sh.others)}})
	}
	s.Score = int(math.Min(100, score))
	return s
}

// keep stores the digests of a report, instead of those that it had.
func keep(tx *sqldb.Tx, id string, traits []trait, marks []int64) error {
	if err := forget(tx, id); err != nil {
		return err
	}
	for _, tr := range traits {
		if _, err := tx.Exec(`INSERT INTO triage_trait (mark, report) VALUES ($1, $2) ON CONFLICT (mark, report) DO NOTHING`, tr.mark, id); err != nil {
			return err
		}
	}
	for _, m := range marks {
		if _, err := tx.Exec(`INSERT INTO triage_band (mark, report) VALUES ($1, $2) ON CONFLICT (mark, report) DO NOTHING`, m, id); err != nil {
			return err
		}
	}
	return nil
}

func forget(tx *sqldb.Tx, id string) error {
	if _, err := tx.Exec(`DELETE FROM triage_trait WHERE report = $1`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM triage_band WHERE report = $1`, id)
	return err
}
