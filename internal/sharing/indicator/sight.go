package indicator

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Says is what a sighting says.
type Says string

// What a sighting may say.
const (
	Positive Says = "positive" // it was seen
	Wrong    Says = "false"    // it is a false positive
	Ended    Says = "expired"  // it means nothing any more
)

// AllSays lists them.
func AllSays() []Says { return []Says{Positive, Wrong, Ended} }

// Who speaks: what seers begin with.
const (
	byOrganisation = "organisation:"
	byIdentity     = "identity:"
	byPerson       = "person:"
	byTeam         = "team"
	byWatch        = "watch"
)

// Sighting is what somebody says of an indicator.
type Sighting struct {
	ID        string    `json:"id"`
	Indicator string    `json:"indicator"`
	Seer      string    `json:"seer"` // "organisation:ID", "identity:ID" of STIX, "person:ID", "team" or "watch"
	Says      Says      `json:"says"`
	At        time.Time `json:"at"`              // when it was seen, or said
	Told      time.Time `json:"told"`            // when we learned of it
	Value     string    `json:"value,omitempty"` // of our own watch: what was seen
	Feed      string    `json:"feed,omitempty"`  // of our own watch: whose events
	Note      string    `json:"note,omitempty"`
	Withdrawn time.Time `json:"withdrawn,omitzero"`
}

// said is a sighting on its way in.
type said struct {
	Sighting
	once string // another of the same takes its place
	gone bool   // it is taken back
}

// keep puts a sighting in the place of the one before it, and sums up anew. What is seen in the future was seen now.
func keep(tx *sqldb.Tx, now time.Time, x said) error {
	at, withdrawn := sqldb.Millis(x.At), int64(0)
	if x.At.After(now) {
		at = sqldb.Millis(now)
	}
	if x.gone {
		withdrawn = sqldb.Millis(now)
	}
	_, err := tx.Exec(`INSERT INTO sharing_sighting AS s (id, once, indicator, seer, says, at, told, value, feed, note, withdrawn)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (once) DO UPDATE SET indicator = excluded.indicator, seer = excluded.seer, says = excluded.says, at = excluded.at, note = excluded.note,
			withdrawn = excluded.withdrawn`,
		newID(now), short(x.once, 700), short(x.Indicator, 300), x.Seer, string(x.Says), at, sqldb.Millis(now), short(x.Value, mostValue), x.Feed,
		short(x.Note, 2000), withdrawn)
	if err != nil {
		return err
	}
	return sum(tx, now, short(x.Indicator, 300))
}

// Saying is what a person says of an indicator.
type Saying struct {
	Says Says      `json:"says" enum:"positive,false,expired" doc:"positive: it was seen; false: it is a false positive; expired: it means nothing any more."`
	At   time.Time `json:"at,omitzero" doc:"When it was seen; none: now."`
	Note string    `json:"note,omitempty" maxLength:"2000"`
}

// Sight keeps what the actor says of an indicator. Errors: Forbidden; NotFound; Invalid.
func (s *Service) Sight(ctx context.Context, actor identity.Actor, indicator string, x Saying) error {
	if err := actor.Authorise(OpSight, indicator); err != nil {
		return err
	}
	now := s.o.Clock.Now()
	if !slices.Contains(AllSays(), x.Says) {
		return problem.New(problem.Invalid, "a sighting says positive, false or expired, and not %q", short(string(x.Says), 50))
	}
	if x.At.IsZero() {
		x.At = now
	}
	if x.At.After(now.Add(time.Minute)) {
		return problem.New(problem.Invalid, "what is seen at %s was not seen yet", x.At.UTC().Format(time.RFC3339))
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := load(tx, now, indicator); err != nil {
			return err
		}
		name := newID(now)
		err := keep(tx, now, said{Sighting: Sighting{Indicator: indicator, Seer: byPerson + actor.ID, Says: x.Says, At: x.At, Note: x.Note}, once: "said " + name})
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, OpSight, indicator, nil, map[string]any{"says": x.Says, "at": x.At})
	})
}

// Withdraw takes back what somebody of the team, or our watch, said. What others gave they take back themselves. Errors: Forbidden; NotFound; Conflict.
func (s *Service) Withdraw(ctx context.Context, actor identity.Actor, sighting string) error {
	if err := actor.Authorise(OpSight, sighting); err != nil {
		return err
	}
	now := s.o.Clock.Now()
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var indicator, once, says string
		var withdrawn int64
		err := tx.QueryRow(`SELECT indicator, once, says, withdrawn FROM sharing_sighting WHERE id = $1`, short(sighting, 100)).Scan(&indicator, &once, &says, &withdrawn)
		switch {
		case sqldb.NoRows(err):
			return problem.New(problem.NotFound, "there is no sighting %q", short(sighting, 100))
		case err != nil:
			return err
		case withdrawn != 0:
			return problem.New(problem.Conflict, "the sighting was taken back already")
		case !ours(once):
			return problem.New(problem.Conflict, "this sighting was given as an object: who gave it takes it back, or take the object out of the collection")
		}
		if _, err := tx.Exec(`UPDATE sharing_sighting SET withdrawn = $2 WHERE id = $1`, sighting, sqldb.Millis(now)); err != nil {
			return err
		}
		if err := sum(tx, now, indicator); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpSight, indicator, map[string]any{"says": says, "sighting": sighting}, nil)
	})
}

// ours tells by what a sighting is known that it did not come as an object.
func ours(once string) bool { return len(once) > 5 && (once[:5] == "said " || once[:5] == "seen ") }
