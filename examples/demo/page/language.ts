import { inject, provide, ref, watchEffect, type InjectionKey, type Ref } from 'vue';
import { en, type Messages } from './messages-en';
import { zh } from './messages-zh';
import { remember, remembered } from './storage';

export type Language = 'en' | 'zh';

const LANGUAGES: Readonly<Record<Language, { readonly tag: string; readonly messages: Messages }>> = {
  en: { tag: 'en', messages: en },
  zh: { tag: 'zh-CN', messages: zh },
};

interface Speech {
  readonly language: Ref<Language>;
  /** Texts of the language in use. */
  readonly say: () => Messages;
  /** BCP 47 tag, for numbers and times. */
  readonly locale: () => string;
}

const SPEECH: InjectionKey<Speech> = Symbol('speech');

/** Gives the language to all components below: the one chosen last, or the browser's. */
export function provideLanguage(): Speech {
  const chosen = remembered('language') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');
  const language = ref<Language>(chosen === 'zh' ? 'zh' : 'en');
  watchEffect(() => {
    document.documentElement.lang = LANGUAGES[language.value].tag;
    remember('language', language.value);
  });
  const speech: Speech = {
    language,
    say: () => LANGUAGES[language.value].messages,
    locale: () => LANGUAGES[language.value].tag,
  };
  provide(SPEECH, speech);
  return speech;
}

export function useLanguage(): Speech {
  return inject(SPEECH)!;
}
