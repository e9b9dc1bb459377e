package notification

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// beginCorrection writes a correction down, and gives its number: that of an earlier call with the same words, if there was one.
func (s *Service) beginCorrection(ctx context.Context, actor identity.Actor, c Correction, text string) (name string, err error) {
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.Clock.Now()
		name = id.NewAt(now)
		n, err := tx.Exec(`INSERT INTO correction (id, batch, digest, body, made_by, made_at, recalled) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (batch, digest) DO NOTHING`, name, c.Batch, digestOf(text), text, actor.String(), now, c.Recall)
		if err != nil {
			return err
		}
		if n == 0 {
			return tx.QueryRow(`SELECT id FROM correction WHERE batch = $1 AND digest = $2`, c.Batch, digestOf(text)).Scan(&name)
		}
		return actor.AuditReason(tx, now, OpCorrect, c.Batch, text, nil, map[string]any{"correction": name, "recipients": len(c.To), "recalled": c.Recall})
	})
	return name, err
}

// insertCorrected writes down what was done about one recipient; false if that was done before.
func insertCorrected(tx *sqldb.Tx, correction string, to Corrected) (bool, error) {
	n, err := tx.Exec(`INSERT INTO correction_message (correction, ticket, address, message, held) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		correction, to.Ticket, to.Address, to.Message, to.Held)
	return n == 1, err
}

// followThread lets what is sent next stand behind the correction.
func followThread(tx *sqldb.Tx, to Corrected, message string, now time.Time) error {
	_, err := tx.Exec(`UPDATE notification_thread SET last_message = $3, last_at = $4 WHERE organisation = $1 AND contact = $2`,
		to.Organisation, to.Contact, message, now)
	return err
}

// CorrectionMade is a correction as it was written down.
type CorrectionMade struct {
	ID       string
	Text     string
	By       string
	At       time.Time
	Recalled int64
	Sent     int64
	Held     []HeldCorrection
}

// HeldCorrection is a recipient whom no correction could reach.
type HeldCorrection struct{ Ticket, Address, Why string }

// Corrections lists the corrections of a batch, the newest first.
func (s *Service) Corrections(ctx context.Context, actor identity.Actor, batch string) (list []CorrectionMade, err error) {
	if err := actor.Authorise(OpPlan, batch); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		err := tx.Each(`SELECT id, body, made_by, made_at, recalled FROM correction WHERE batch = $1 ORDER BY id DESC`, []any{batch}, func(scan func(...any) error) error {
			var c CorrectionMade
			var at int64
			err := scan(&c.ID, &c.Text, &c.By, &at, &c.Recalled)
			c.At = sqldb.Time(at)
			list = append(list, c)
			return err
		})
		for i := range list {
			if err == nil {
				err = readCorrected(tx, &list[i])
			}
		}
		return err
	})
	return list, err
}

func readCorrected(tx *sqldb.Tx, c *CorrectionMade) error {
	return tx.Each(`SELECT ticket, address, held FROM correction_message WHERE correction = $1 ORDER BY ticket, address`, []any{c.ID}, func(scan func(...any) error) error {
		var h HeldCorrection
		err := scan(&h.Ticket, &h.Address, &h.Why)
		if h.Why == "" {
			c.Sent++
		} else {
			c.Held = append(c.Held, h)
		}
		return err
	})
}
