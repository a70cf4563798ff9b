"""The front end's page in headless Chromium: figures, a prompt, the token of a user."""

import os
import subprocess
import sys
import unittest

import browser

if browser.webdriver is not None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

BUILD = sys.argv.pop(1)


@unittest.skipIf(browser.missing(), f"needs {browser.missing()}")
class Page(unittest.TestCase):
    def start(self, *arguments, dark=False, size=(1200, 1000)):
        self.server = subprocess.Popen([os.path.join(BUILD, "fake-front-end"), *arguments],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.server.communicate)
        self.url, self.token = self.server.stdout.readline().split()
        self.browser = browser.start(self, dark, size)
        self.browser.get(self.url + "/")
        browser.until_ready(self.browser)

    def until(self, holds):
        browser.until(self.browser, holds)

    def text(self, name):
        return self.browser.find_element(By.ID, name).text

    def picture(self, name):
        browser.picture(self.browser, name)

    def no_complaints(self):
        self.assertEqual(self.browser.get_log("browser"), [])

    def try_prompt(self, prompt):
        box = self.browser.find_element(By.ID, "prompt")
        box.clear()
        box.send_keys(prompt, Keys.CONTROL, Keys.ENTER)
        self.until(lambda: "tokens in" in self.text("outcome"))

    def test_a_prompt_is_answered_and_counted(self):
        self.start()
        self.assertEqual(self.text("running"), "0")
        self.try_prompt("abc ")
        self.assertEqual(self.text("answer"), "abc " * 16)
        self.assertTrue(self.text("outcome").startswith("64 tokens in "))
        self.until(lambda: "ms" in self.text("itl-p50"))
        self.until(lambda: float(self.text("tokens")) > 0)
        self.picture("wide-light.png")
        self.no_complaints()

    def test_it_is_readable_narrow_and_dark(self):
        self.start(dark=True, size=(500, 1000))
        self.try_prompt("Narrow and dark. ")
        width = self.browser.execute_script("return document.documentElement.scrollWidth")
        shown = self.browser.execute_script("return document.documentElement.clientWidth")
        self.assertLessEqual(width, shown, "nothing sticks out")
        self.picture("narrow-dark.png")
        self.no_complaints()

    def test_an_answer_can_be_stopped(self):
        self.start()
        tokens = self.browser.find_element(By.ID, "max-tokens")
        tokens.clear()
        tokens.send_keys("1900")
        self.browser.find_element(By.ID, "send").click()
        self.until(lambda: self.text("answer"))
        self.until(lambda: self.text("running") == "1")
        self.picture("running-light.png")
        self.browser.find_element(By.ID, "stop").click()
        self.until(lambda: self.text("outcome") == "Stopped.")
        self.until(lambda: self.text("running") == "0")
        self.no_complaints()

    def test_a_user_gives_a_token(self):
        self.start("users")
        self.until(lambda: self.browser.find_element(By.ID, "door").is_displayed())
        focused = self.browser.switch_to.active_element
        self.assertEqual(focused.get_attribute("id"), "token")
        self.picture("door-light.png")
        focused.send_keys(self.token, Keys.ENTER)
        self.until(lambda: self.text("running") == "0")
        self.assertFalse(self.browser.find_element(By.ID, "door").is_displayed())
        self.try_prompt("let me in ")
        self.no_complaints()


if __name__ == "__main__":
    unittest.main()
