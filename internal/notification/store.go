package notification

import (
	"crypto/rand"
	"encoding/base32"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// readApprovals reads what was approved so far.
func readApprovals(tx *sqldb.Tx) (map[approved]bool, error) {
	out := map[approved]bool{}
	err := tx.Each(`SELECT kind, value FROM approval`, nil, func(scan func(...any) error) error {
		var a approved
		err := scan(&a.kind, &a.value)
		out[a] = true
		return err
	})
	return out, err
}

// insertApproval writes an approval; false if it was there.
func insertApproval(tx *sqldb.Tx, a Approval) (bool, error) {
	n, err := tx.Exec(`INSERT INTO approval (kind, value, name, approved_by, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, value) DO NOTHING`,
		a.Kind, a.Value, a.Name, a.By, a.At)
	return n == 1, err
}

// readTold reads when organisations were told of classes.
func readTold(tx *sqldb.Tx) (map[topic]time.Time, error) {
	out := map[topic]time.Time{}
	err := tx.Each(`SELECT organisation, class, told FROM notification_topic`, nil, func(scan func(...any) error) error {
		var t topic
		var ms int64
		err := scan(&t.organisation, &t.class, &ms)
		out[t] = sqldb.Time(ms)
		return err
	})
	return out, err
}

func upsertTold(tx *sqldb.Tx, t topic, at time.Time) error {
	_, err := tx.Exec(`INSERT INTO notification_topic (organisation, class, told) VALUES ($1, $2, $3)
		ON CONFLICT (organisation, class) DO UPDATE SET told = excluded.told`, t.organisation, t.class, at)
	return err
}

// deleteTold forgets that an organisation was told of classes by a message.
func deleteTold(tx *sqldb.Tx, message string) error {
	_, err := tx.Exec(`DELETE FROM notification_topic WHERE EXISTS
		(SELECT 1 FROM notification n WHERE n.id = $1 AND n.organisation = notification_topic.organisation AND n.at = notification_topic.told)`, message)
	return err
}

// unwanted lists the messages that wait to be sent and hold a finding that is muted or closed.
func unwanted(tx *sqldb.Tx) (list []string, err error) {
	err = tx.Each(`SELECT d.id FROM delivery d WHERE d.state IN ('queued', 'doubtful', 'held') AND EXISTS
		(SELECT 1 FROM finding_told t JOIN finding f ON f.key = t.key WHERE t.message = d.id AND f.state IN ('muted', 'fixed')) ORDER BY d.id`, nil,
		func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			list = append(list, id)
			return err
		})
	return list, err
}

// usualMessages is from how many of the last messages the usual amount is read.
const usualMessages = 10

// threadTime is how long a ticket stays open after its last message.
const threadTime = 30 * 24 * time.Hour

// readThreads reads the correspondence with each contact: the tickets that are open, and how many findings the last messages had.
func readThreads(tx *sqldb.Tx, now time.Time) (map[pair]thread, map[pair][]int64, error) {
	open, usual := map[pair]thread{}, map[pair][]int64{}
	err := tx.Each(`SELECT organisation, contact, ticket, first_message, last_message, last_at, amounts FROM notification_thread`, nil,
		func(scan func(...any) error) error {
			var p pair
			var t thread
			var ms int64
			var amounts string
			err := scan(&p.organisation, &p.contact, &t.ticket, &t.first, &t.last, &ms, &amounts)
			if t.at = sqldb.Time(ms); !t.at.Before(now.Add(-threadTime)) {
				open[p] = t
			}
			usual[p] = parseAmounts(amounts)
			return err
		})
	return open, usual, err
}

// parseAmounts reads numbers with commas between them; what is none is left out.
func parseAmounts(text string) (list []int64) {
	for word := range strings.SplitSeq(text, ",") {
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// formatAmounts writes the amount of a message before those of the earlier ones.
func formatAmounts(newest int64, earlier []int64) string {
	words := []string{strconv.FormatInt(newest, 10)}
	for _, n := range earlier[:min(len(earlier), usualMessages-1)] {
		words = append(words, strconv.FormatInt(n, 10))
	}
	return strings.Join(words, ",")
}

func upsertThread(tx *sqldb.Tx, p pair, t thread, amounts string) error {
	_, err := tx.Exec(`INSERT INTO notification_thread (organisation, contact, ticket, first_message, last_message, last_at, amounts)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organisation, contact) DO UPDATE
		SET ticket = excluded.ticket, first_message = excluded.first_message, last_message = excluded.last_message, last_at = excluded.last_at,
		amounts = excluded.amounts`,
		p.organisation, p.contact, t.ticket, t.first, t.last, t.at, amounts)
	return err
}

// insertNotification writes down that a contact was told.
func insertNotification(tx *sqldb.Tx, run string, l *letter, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO notification (id, run, organisation, contact, ticket, findings, events, parts, label, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, l.parts[0].ready.Draft.ID, run, l.OrganisationID, l.Contact, l.ticket,
		l.findings, l.events, len(l.parts), l.label.String(), now)
	return err
}

// letters of a ticket: those of core/id, which can be read over a telephone.
var ticketLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newTicket makes a tag that nobody can guess: 40 random bits behind the team's name.
func newTicket(team string) string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	return ticketPrefix(team) + "#" + ticketLetters.EncodeToString(b[:])
}

// longestPrefix bounds the team's name in a ticket.
const longestPrefix = 14

// ticketPrefix makes a word of a team's name: CERT-DEMONSTRA.
func ticketPrefix(team string) string {
	words := strings.FieldsFunc(strings.ToUpper(team), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	prefix := strings.Join(words, "-")
	if len(prefix) > longestPrefix {
		prefix = strings.TrimRight(prefix[:longestPrefix], "-")
	}
	if prefix == "" {
		return "FH"
	}
	return prefix
}
