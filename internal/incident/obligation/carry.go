package obligation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Part lets the room of incidents know what hangs on one: a split takes clocks along.
func (s *Service) Part() incident.Part {
	return incident.Part{Name: "obligation", Carry: s.carry, Carriable: s.carriable, Home: s.home, Moved: s.moved}
}

func (s *Service) carriable(tx *sqldb.Tx, in *incident.Inside) (list []incident.Hanging, err error) {
	all, err := s.obligations(tx, in)
	for _, o := range all {
		list = append(list, incident.Hanging{Kind: "obligation", ID: o.ID, Ref: o.Law, Title: strings.TrimPrefix(o.Track+" – "+o.Who, " – "), Link: link(in)})
	}
	return list, err
}

// home is the incident that an obligation was decided for.
func (s *Service) home(tx *sqldb.Tx, in *incident.Inside, name string) (string, error) {
	o, err := s.find(tx, in, name)
	return o.Incident, err
}

// carry moves obligations to another incident, with what was stated of them, submitted, passed on and recorded. Their clocks go on: what was counted from
// a moment of the one incident that the other knows differently stays counted from it, until they are carried back.
func (s *Service) carry(tx *sqldb.Tx, actor identity.Actor, from, to *incident.Inside, ids []string) error {
	for _, name := range ids {
		o, err := s.find(tx, from, name)
		if err != nil {
			return err
		}
		if err := s.carryOne(tx, actor, from, to, &o); err != nil {
			return err
		}
	}
	return actor.Audit(tx, to.Now, OpDecide, to.ID, map[string]any{"incident": from.ID}, map[string]any{"incident": to.ID, "obligations": ids})
}

func (s *Service) carryOne(tx *sqldb.Tx, actor identity.Actor, from, to *incident.Inside, o *Obligation) error {
	counted, err := s.counted(tx, from, o)
	if err != nil {
		return err
	}
	last, err := s.lastCarried(tx, from, o.ID)
	if err != nil {
		return err
	}
	if err := unpin(tx, o, last.Pins); err != nil {
		return err
	}
	if err := move(tx, from, to, o); err != nil {
		return err
	}
	pins := map[Anchor]time.Time{}
	if !slices.Contains(to.IDs, last.From) { // else it comes home, where it is counted from what holds there
		if pins, err = s.pin(tx, actor, to, o, counted); err != nil {
			return err
		}
	}
	if err := recordCarried(tx, actor, from, to, o, pins); err != nil {
		return err
	}
	_, err = s.one(tx, to, o.ID)
	return err
}

// counted are the moments from which an obligation is counted in an incident.
func (s *Service) counted(tx *sqldb.Tx, in *incident.Inside, o *Obligation) (map[Anchor]time.Time, error) {
	stated, err := anchors(tx, in)
	if err != nil {
		return nil, err
	}
	recorded, err := s.recorded(tx, in)
	return s.caseOf(in, o, stated, recorded).Anchors, err
}

// pin states for an obligation itself what its new incident knows differently, and gives that. When it was contained and ended is the
// incident's own.
func (s *Service) pin(tx *sqldb.Tx, actor identity.Actor, to *incident.Inside, o *Obligation, counted map[Anchor]time.Time) (map[Anchor]time.Time, error) {
	there, err := s.counted(tx, to, o)
	pins := map[Anchor]time.Time{}
	for _, a := range Anchors() {
		at := counted[a]
		if err != nil || a == Closed || a == Contained || at.IsZero() || at.Equal(there[a]) {
			continue
		}
		pins[a] = at
		_, err = tx.Exec(`INSERT INTO obligation_anchor (incident, obligation, anchor, at, actor, stated) VALUES ($1, $2, $3, $4, $5, $6)`,
			to.ID, o.ID, string(a), at, actor.ID, to.Now)
	}
	return pins, err
}

// unpin takes back what an earlier carrying stated, unless somebody stated another moment since.
func unpin(tx *sqldb.Tx, o *Obligation, pins map[Anchor]time.Time) error {
	for a, at := range pins {
		if _, err := tx.Exec(`DELETE FROM obligation_anchor WHERE obligation = $1 AND anchor = $2 AND at = $3`, o.ID, string(a), at); err != nil {
			return err
		}
	}
	return nil
}

// carriedBody is what is sealed of the record that an obligation was carried.
type carriedBody struct {
	recordBody
	From string
	Pins map[Anchor]time.Time
}

// lastCarried gives how an obligation came to its incident; the zero value if it was decided there.
func (s *Service) lastCarried(tx *sqldb.Tx, in *incident.Inside, obligation string) (b carriedBody, err error) {
	var name, of string
	var sealed []byte
	err = tx.QueryRow(`SELECT id, incident, body FROM obligation_record WHERE obligation = $1 AND what = 'carried' ORDER BY at DESC, id DESC LIMIT 1`, obligation).Scan(&name, &of, &sealed)
	if sqldb.NoRows(err) {
		return b, nil
	}
	if err == nil {
		err = in.Get(of, "record/"+name, sealed, &b)
	}
	return b, err
}

func recordCarried(tx *sqldb.Tx, actor identity.Actor, from, to *incident.Inside, o *Obligation, pins map[Anchor]time.Time) error {
	name := id.NewAt(to.Now)
	sealed, err := to.Put("record/"+name, carriedBody{recordBody{Before: from.Ref, After: to.Ref}, from.ID, pins})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO obligation_record (id, incident, obligation, what, at, actor, body) VALUES ($1, $2, $3, 'carried', $4, $5, $6)`,
		name, to.ID, o.ID, to.Now, actor.ID, sealed)
	return err
}

// move lets all that hangs on an obligation hang on another incident, sealed under its key.
func move(tx *sqldb.Tx, from, to *incident.Inside, o *Obligation) error {
	for _, r := range []struct{ table, place string }{{"obligation_submission", "submission/"}, {"obligation_forward", "forward/"}, {"obligation_record", "record/"}} {
		if err := reseal(tx, from, to, o.ID, r.table, r.place); err != nil {
			return err
		}
	}
	for _, table := range []string{"obligation_anchor", "obligation_clock"} {
		if _, err := tx.Exec(`UPDATE `+table+` SET incident = $2 WHERE obligation = $1`, o.ID, to.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE obligation SET incident = $2 WHERE id = $1`, o.ID, to.ID); err != nil {
		return err
	}
	o.Incident = to.ID
	o.Version++
	return save(tx, to, o, o.Version-1)
}

// sealedRow is a row of which a column is sealed.
type sealedRow struct {
	id, incident string
	body         []byte
}

// reseal opens an obligation's rows under the keys of an incident, and seals them under another's.
func reseal(tx *sqldb.Tx, from, to *incident.Inside, obligation, table, place string) error {
	var list []sealedRow
	err := tx.Each(`SELECT id, incident, body FROM `+table+` WHERE obligation = $1`, []any{obligation}, func(scan func(...any) error) error {
		var r sealedRow
		err := scan(&r.id, &r.incident, &r.body)
		list = append(list, r)
		return err
	})
	for _, r := range list {
		if err != nil {
			return err
		}
		if len(r.body) > 0 {
			var text json.RawMessage
			if err := from.Get(r.incident, place+r.id, r.body, &text); err != nil {
				return err
			}
			if r.body, err = to.Put(place+r.id, text); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`UPDATE `+table+` SET incident = $2, body = $3 WHERE id = $1`, r.id, to.ID, r.body)
	}
	return err
}
