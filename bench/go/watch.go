package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
)

// watch opens idle HTTP/2 requests, prints "ready N" when all have their answer's head, and holds them until standard input closes.
// Then it prints "ended N": how many had been ended by the other side meanwhile.
func watch(args []string) error {
	flags := flag.NewFlagSet("watch", flag.ExitOnError)
	address := flags.String("url", "", "https URL to GET")
	count := flags.Int("count", 1000, "watches")
	perConnection := flags.Int("per-connection", 100, "watches on one HTTP/2 connection")
	token := flags.String("token-file", "", "bearer token")
	if err := flags.Parse(args); err != nil {
		return err
	}
	bearer := ""
	if *token != "" {
		text, err := os.ReadFile(*token)
		if err != nil {
			return err
		}
		bearer = "Bearer " + string(text)
	}
	var opened sync.WaitGroup
	var ended atomic.Int64
	failed := make(chan error, *count)
	slots := make(chan struct{}, 32)
	var transport *http.Transport
	for i := range *count {
		if i%*perConnection == 0 {
			transport = &http.Transport{
				ForceAttemptHTTP2: true,
				TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
			}
		}
		client := &http.Client{Transport: transport}
		slots <- struct{}{}
		opened.Add(1)
		open := func() {
			request, _ := http.NewRequest("GET", *address, nil)
			if bearer != "" {
				request.Header.Set("Authorization", bearer)
			}
			response, err := client.Do(request)
			<-slots
			if err == nil && response.StatusCode != 200 {
				err = fmt.Errorf("status %d", response.StatusCode)
			}
			if err != nil {
				failed <- err
				opened.Done()
				return
			}
			opened.Done()
			io.Copy(io.Discard, response.Body)
			ended.Add(1)
		}
		if i%*perConnection == 0 {
			// the connection must exist before the others share it
			done := make(chan struct{})
			go func() { go open(); close(done) }()
			<-done
			opened.Wait()
		} else {
			go open()
		}
	}
	opened.Wait()
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d watches failed: %w", len(failed), *count, <-failed)
	}
	fmt.Printf("ready %d\n", *count)
	io.Copy(io.Discard, os.Stdin)
	fmt.Printf("ended %d\n", ended.Load())
	return nil
}
