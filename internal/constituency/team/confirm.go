package team

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// ConfirmPath is where the mailed links lead, with the link's secret after it.
const ConfirmPath = "/teams/confirm/"

const (
	linkTime = 30 * 24 * time.Hour
	// askPause is how long a team that does not answer is left alone, and askMost how many are asked in one go.
	askPause = 14 * 24 * time.Hour
	askMost  = 50
)

// byLink is who acts when a team follows its link.
var byLink = identity.System("team-link")

// Entry is all that the directory and the register know of a team.
type Entry struct {
	Organisation constituency.Organisation
	Team         Team
	Contacts     []constituency.Contact
	Networks     []constituency.Network
}

// Stale tells whether the entry has to be confirmed again, at an interval; 0 is never.
func (t Team) Stale(now time.Time, interval time.Duration) bool {
	return interval > 0 && !now.Before(t.Confirmed.Add(interval))
}

// entryIn reads all of a team. Errors: NotFound.
func entryIn(tx *sqldb.Tx, organisation string) (e Entry, err error) {
	if e.Team, err = byOrganisation(tx, organisation); err != nil {
		return e, err
	}
	if e.Organisation, err = constituency.OrganisationIn(tx, organisation); err != nil {
		return e, err
	}
	if e.Contacts, err = constituency.ContactsIn(tx, organisation); err != nil {
		return e, err
	}
	e.Networks, err = constituency.NetworksIn(tx, organisation)
	return e, err
}

// Entry reads all that is known of a team. Errors: NotFound.
func (s *Service) Entry(ctx context.Context, actor identity.Actor, organisation string) (e Entry, err error) {
	err = s.read(ctx, actor, organisation, func(tx *sqldb.Tx) error {
		e, err = entryIn(tx, organisation)
		return err
	})
	return e, err
}

// Ask mails a team a link by which it confirms its entry; a link that it got before still works. Errors: NotFound; Conflict if it has no mail
// address that works; Unavailable if no mail can be sent, or no link be made.
func (s *Service) Ask(ctx context.Context, actor identity.Actor, organisation string) error {
	if s.Send == nil || s.Base == "" {
		return problem.New(problem.Unavailable, "no link can be mailed: serve.url and [mail] in the configuration would let it")
	}
	return s.write(ctx, actor, OpConfirm, organisation, func(tx *sqldb.Tx, now time.Time) error {
		e, err := entryIn(tx, organisation)
		if err != nil {
			return err
		}
		return s.ask(ctx, tx, actor, now, e)
	})
}

func (s *Service) ask(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, now time.Time, e Entry) error {
	to, ok := e.mailbox()
	if !ok {
		return problem.New(problem.Conflict, "%s has no mail address that works: find one, and ask by telephone", e.Organisation.Name)
	}
	secret, until := newSecret(), now.Add(linkTime)
	if _, err := tx.Exec(`INSERT INTO team_link (hash, organisation, contact, made, expires) VALUES ($1, $2, $3, $4, $5)`,
		hashOf(secret), e.Team.Organisation, to.ID, now, until); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE team SET asked = $2 WHERE organisation = $1`, e.Team.Organisation, now); err != nil {
		return err
	}
	l := Letter{About: e.Team.Organisation, To: to, Name: e.Organisation.Name, Kind: AskConfirm, Link: strings.TrimSuffix(s.Base, "/") + ConfirmPath + secret, Until: until, Details: e.Lines()}
	if err := s.Send(ctx, tx, actor, l); err != nil {
		return err
	}
	return actor.Audit(tx, now, OpConfirm, e.Team.Organisation, nil, map[string]any{"asked": to.ID, "until": until})
}

// mailbox is where a team is asked about itself: its security address before its others.
func (e Entry) mailbox() (constituency.Contact, bool) {
	for _, p := range []constituency.Purpose{constituency.Security, constituency.Abuse, constituency.Technical, constituency.AllHours} {
		i := slices.IndexFunc(e.Contacts, func(c constituency.Contact) bool {
			return c.Channel == constituency.Mail && c.Purpose == p && c.Usable()
		})
		if i >= 0 {
			return e.Contacts[i], true
		}
	}
	return constituency.Contact{}, false
}

// AskDue asks the teams whose entries have to be confirmed again: those that were never, or longest ago, first. It returns how many it asked.
func (s *Service) AskDue(ctx context.Context, actor identity.Actor) (asked int, err error) {
	if err := actor.Authorise(OpConfirm, "directory"); err != nil {
		return 0, err
	}
	if s.Send == nil || s.Base == "" || s.Confirm <= 0 {
		return 0, nil
	}
	now := s.Clock.Now()
	var due []string
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		due = nil
		return tx.Each(`SELECT organisation FROM team t WHERE confirmed <= $1 AND created <= $1 AND asked <= $2 AND EXISTS (SELECT 1 FROM contact c
			WHERE c.organisation = t.organisation AND c.channel = 'mail' AND c.health <> 'bad' AND c.purpose <> 'legal') ORDER BY confirmed, organisation LIMIT $3`,
			[]any{now.Add(-s.Confirm), now.Add(-askPause), askMost}, func(scan func(...any) error) error {
				var id string
				err := scan(&id)
				due = append(due, id)
				return err
			})
	})
	for _, id := range due {
		if err != nil {
			break
		}
		if err = s.Ask(ctx, actor, id); err == nil {
			asked++
		}
	}
	return asked, err
}

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte("firehall/team/link " + secret))
	return hex.EncodeToString(sum[:])
}

// errLink is what anybody learns of a link that does not work, whatever the reason.
var errLink = problem.New(problem.NotFound, "this link does not work: it was used, or is older than 30 days; ask us for another")

// linked finds whose link it is.
func linked(tx *sqldb.Tx, secret string, now time.Time) (organisation string, err error) {
	if len(secret) > 100 {
		return "", errLink
	}
	err = tx.QueryRow(`SELECT organisation FROM team_link WHERE hash = $1 AND used = 0 AND expires > $2`, hashOf(secret), now).Scan(&organisation)
	if sqldb.NoRows(err) {
		return "", errLink
	}
	return organisation, err
}

// endLinks ends what was mailed to a contact that is another from now on, or none: who has the old mailbox confirms nothing any more.
func endLinks(tx *sqldb.Tx, contact string, now time.Time) error {
	if contact == "" {
		return nil
	}
	_, err := tx.Exec(`UPDATE team_link SET used = $2 WHERE contact = $1 AND used = 0`, contact, now)
	return err
}

// Follow gives what a mailed link shows: all that we know of the team. It changes nothing. Errors: NotFound.
func (s *Service) Follow(ctx context.Context, secret string) (e Entry, err error) {
	if err := byLink.Authorise(OpLink, ""); err != nil {
		return e, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		organisation, err := linked(tx, secret, s.Clock.Now())
		if err == nil {
			e, err = entryIn(tx, organisation)
		}
		return err
	})
	return e, err
}

// ConfirmLink takes a team's word, given by its link, that its entry is right as it saw it, by the stamp of that; the link works no more. Errors: NotFound;
// Conflict where the entry says something else by now, and then nothing is confirmed.
func (s *Service) ConfirmLink(ctx context.Context, secret, seen string) (e Entry, err error) {
	err = s.write(ctx, byLink, OpLink, "", func(tx *sqldb.Tx, now time.Time) error {
		organisation, err := linked(tx, secret, now)
		if err != nil {
			return err
		}
		if e, err = entryIn(tx, organisation); err != nil {
			return err
		}
		if seen != e.Stamp() {
			return problem.New(problem.Conflict, "what we know of you is not what you were shown: look at it again")
		}
		// What was mailed before shows the same entry: one word is enough.
		if _, err := tx.Exec(`UPDATE team_link SET used = $2 WHERE organisation = $1 AND used = 0`, organisation, now); err != nil {
			return err
		}
		if err := confirmed(tx, byLink, OpLink, now, organisation, "link", ""); err != nil {
			return err
		}
		e, err = entryIn(tx, organisation)
		return err
	})
	return e, err
}

// Vouch notes a person's word that they asked the team, and how, and that its entry is right. Errors: NotFound; Invalid without a word.
func (s *Service) Vouch(ctx context.Context, actor identity.Actor, organisation, how string) error {
	if err := actor.Authorise(OpConfirm, organisation); err != nil {
		return err
	}
	how, err := cleanLine("how", how, maxLine)
	if err != nil {
		return err
	}
	if how == "" {
		return problem.New(problem.Invalid, "say whom you asked, and how: their word stands behind it")
	}
	return s.write(ctx, actor, OpConfirm, organisation, func(tx *sqldb.Tx, now time.Time) error {
		return confirmed(tx, actor, OpConfirm, now, organisation, actor.ID, how)
	})
}

func confirmed(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, now time.Time, organisation, by, how string) error {
	before, err := byOrganisation(tx, organisation)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE team SET confirmed = $2, confirmed_by = $3 WHERE organisation = $1`, organisation, now, by); err != nil {
		return err
	}
	return actor.AuditReason(tx, now, op, organisation, how, map[string]any{"confirmed": before.Confirmed}, map[string]any{"confirmed": now, "by": by})
}

// keepLinks is how long a link that was used, or expired, is kept.
const keepLinks = 365 * 24 * time.Hour

// Forget drops links that ended long ago, and files that nobody took over.
func (s *Service) Forget(ctx context.Context, actor identity.Actor) error {
	return s.write(ctx, actor, OpLink, "", func(tx *sqldb.Tx, now time.Time) error {
		if _, err := tx.Exec(`DELETE FROM team_upload WHERE made < $1`, now.Add(-keepUpload)); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM team_link WHERE expires < $1`, now.Add(-keepLinks))
		return err
	})
}

// lettersNetworks is how many networks a letter names.
const lettersNetworks = 50

// Lines say what is known of a team, for a letter.
func (e Entry) Lines() []string { return e.lines(lettersNetworks) }

// All says all that is known of a team, for its page.
func (e Entry) All() []string { return e.lines(len(e.Networks)) }

// Stamp names what a team is shown of its entry: it is another one as soon as anything of that is.
func (e Entry) Stamp() string {
	text, _ := json.Marshal(e.All()) // texts cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

func (e Entry) lines(most int) (out []string) {
	add := func(what, value string) {
		if value != "" {
			out = append(out, what+": "+value)
		}
	}
	add("name", e.Organisation.Name)
	add("full name", e.Team.FullName)
	add("country", string(e.Organisation.Country))
	add("hours", strings.TrimSpace(e.Team.Hours+" "+e.Team.Zone))
	add("languages", joined(e.Team.Languages, ", "))
	add("strictest label taken", e.Team.Handling.String())
	add("website", e.Team.Website)
	add("policy", e.Team.Policy)
	add("copies to its providers", yesNo(e.Team.Direct))
	add("shown in public", orNone(joined(e.Team.Public, ", ")))
	for _, c := range e.Contacts {
		add("contact", line(c))
	}
	for i, n := range e.Networks {
		if i == most {
			add("networks", "and more: the page shows them all")
			break
		}
		add("network", n.Value)
	}
	return out
}
