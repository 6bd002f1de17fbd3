package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"parley.example/parley/internal/config"
)

// SignatureHeader is "t=<Unix seconds>,v1=<hex>": HMAC-SHA256, keyed with the
// secret, over the digits of t, a full stop, and the body. A receiver checks
// both, and refuses a t that is minutes old.
const SignatureHeader = "Parley-Signature"

// Webhook posts a pointer as JSON.
type Webhook struct{ config.Webhook }

// noRedirect keeps a pointer from going where the settings did not send it.
var noRedirect = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Send implements Sender. Any 2xx answer is success.
func (w Webhook) Send(ctx context.Context, p Pointer) error {
	target := w.URL
	if w.URLFile != "" {
		var err error
		if target, err = secret(w.URLFile); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(raw))
	if err != nil {
		return errors.New("the webhook's URL is not one")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "parley")
	if w.TokenFile != "" {
		token, err := secret(w.TokenFile)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if w.SecretFile != "" {
		key, err := secret(w.SecretFile)
		if err != nil {
			return err
		}
		req.Header.Set(SignatureHeader, sign([]byte(key), p.Sent, raw))
	}
	resp, err := noRedirect.Do(req)
	if err != nil {
		var u *url.Error // its text has the URL, which may be the secret
		if errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("webhook: %w", err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("webhook answered %d", resp.StatusCode)
	}
	return nil
}

func sign(key []byte, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%d.", at.Unix())
	mac.Write(body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}
