package alert

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"parley.example/parley/internal/config"
)

// smtpTimeout bounds a whole conversation with the mail server.
const smtpTimeout = 30 * time.Second

// SMTP sends a pointer as plain text mail.
type SMTP struct{ config.SMTP }

// Send implements Sender. It succeeds when the server has taken the mail for
// every recipient: what becomes of it then, nobody promises.
func (s SMTP) Send(ctx context.Context, p Pointer) error {
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	msg, err := s.message(p)
	if err != nil {
		return err
	}
	opts := []mail.Option{mail.WithPort(s.Port), mail.WithTimeout(smtpTimeout), mail.WithHELO("localhost")}
	switch s.TLS {
	case "tls":
		opts = append(opts, mail.WithSSL())
	case "none":
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		password, err := secret(s.PasswordFile)
		if err != nil {
			return err
		}
		auth := mail.SMTPAuthAutoDiscover
		if s.TLS == "none" {
			auth = mail.SMTPAuthPlainNoEnc // settings allow it to loopback only
		}
		opts = append(opts, mail.WithSMTPAuth(auth), mail.WithUsername(s.User), mail.WithPassword(password))
	}
	client, err := mail.NewClient(s.Host, opts...)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s.Host, err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("mail server %s:%d: %w", s.Host, s.Port, err)
	}
	return nil
}

func (s SMTP) message(p Pointer) (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := m.From(s.Sender); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := m.To(s.To...); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	m.Subject(p.Subject())
	m.SetDateWithValue(p.Sent)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	if p.Precedence.Rank() <= 1 {
		m.SetImportance(mail.ImportanceHigh)
	}
	m.SetBodyString(mail.TypeTextPlain, body(p))
	return m, nil
}

// body is the text of a mail: the pointer in words, nothing else.
func body(p Pointer) string {
	var to []string
	for _, b := range p.To {
		to = append(to, string(b))
	}
	var b strings.Builder
	if p.Trial {
		b.WriteString("This is a trial of the alert channel. No message waits.\n\n")
	}
	if p.Exercise {
		b.WriteString("This belongs to an exercise.\n\n")
	}
	fmt.Fprintf(&b, "From:       %s\nTo:         %s\nPrecedence: %s\nThread:     %s\nArrived:    %s\n",
		p.From, strings.Join(to, ", "), p.Precedence, p.Thread, p.Raised.UTC().Format("2006-01-02 15:04:05 UTC"))
	if p.More > 0 {
		fmt.Fprintf(&b, "\n%d more messages wait.\n", p.More)
	}
	fmt.Fprintf(&b, "\nRead it on the desk:\n%s\n", p.URL)
	if p.Precedence.Rank() == 0 && !p.Trial {
		b.WriteString("\nThis alert repeats until a person acknowledges the message.\n")
	}
	return b.String()
}
